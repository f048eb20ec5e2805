import { expect, test } from "vitest";
import { Intent, type KeptIntent } from "./intent";

const keyOf = (intent: Intent, content: unknown) => intent.headers(content)["Idempotency-Key"];

test("pressing the button again for the same request sends the same key", () => {
  const intent = new Intent();
  expect(keyOf(intent, { to: "1" })).toBe(keyOf(intent, { to: "1" }));
});

test("a request with other content has another key", () => {
  const intent = new Intent();
  expect(keyOf(intent, { to: "1" })).not.toBe(keyOf(intent, { to: "2" }));
});

test("after a success the same content has a new key", () => {
  const intent = new Intent();
  const first = keyOf(intent, { to: "1" });
  intent.done();
  expect(keyOf(intent, { to: "1" })).not.toBe(first);
});

test("a stored intent has the same key after a reload", () => {
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
