import { expect, test } from "vitest";
import { stretches } from "./marks";

test("positions after an emoji mark the right character", () => {
  const parts = stretches("🎉 it’s", new Set([0, 4]));
  expect(parts.filter((part) => part.isMarked).map((part) => part.text)).toEqual(["🎉", "’"]);
  expect(parts.map((part) => part.text).join("")).toBe("🎉 it’s");
});

test("marked characters side by side become one part", () => {
  expect(stretches("“”", new Set([0, 1]))).toEqual([{ start: 0, text: "“”", isMarked: true }]);
});

test("an empty text has no parts", () => {
  expect(stretches("", new Set([0]))).toEqual([]);
});
