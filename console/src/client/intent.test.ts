import { expect, test } from "vitest";
import { Intent, type KeptIntent } from "./intent";

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

test("a kept intent is the same deed after a reload", () => {
  let kept: KeptIntent | null = null;
  const store = {
    read: () => kept,
    write: (next: KeptIntent | null) => {
      kept = next;
    },
  };
  const before = new Intent(store).headers("hello");
  expect(new Intent(store).headers("hello")).toEqual(before);
  expect(new Intent(store).headers("hello again")).not.toEqual(before);
});
