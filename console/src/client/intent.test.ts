import { expect, test } from "vitest";
import { Intent } from "./intent";

const keyOf = (intent: Intent, content: unknown) => intent.headers(content)["Idempotency-Key"];

test("another press of the same deed has the same key", () => {
  const intent = new Intent();
  expect(keyOf(intent, { to: "1" })).toBe(keyOf(intent, { to: "1" }));
});

test("another content is another deed", () => {
  const intent = new Intent();
  expect(keyOf(intent, { to: "1" })).not.toBe(keyOf(intent, { to: "2" }));
});

test("the same content is another deed after the first was done", () => {
  const intent = new Intent();
  const first = keyOf(intent, { to: "1" });
  intent.done();
  expect(keyOf(intent, { to: "1" })).not.toBe(first);
});
