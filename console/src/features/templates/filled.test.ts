import { expect, test } from "vitest";
import { segmentRange } from "./filled";

test("the segments of a template are shown as a range", () => {
  expect(segmentRange(1, 1)).toBe("1 segment, whatever the names");
  expect(segmentRange(1, 2)).toBe("1 to 2 segments, depending on the length of the names");
  expect(segmentRange(null, 2)).toMatch(/can't be counted/);
});
