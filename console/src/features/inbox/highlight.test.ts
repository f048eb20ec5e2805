import { expect, test } from "vitest";
import { partsOf } from "./highlight";

test("a snippet is divided at its matches", () => {
  const parts = partsOf("🎉 see you there", [{ start: 3, length: 3 }]);
  expect(parts.map(({ text, isMatch }) => [text, isMatch])).toEqual([
    ["🎉 ", false],
    ["see", true],
    [" you there", false],
  ]);
});

test("a snippet that ends with a match has no part after it", () => {
  expect(partsOf("yes", [{ start: 0, length: 3 }])).toHaveLength(1);
});
