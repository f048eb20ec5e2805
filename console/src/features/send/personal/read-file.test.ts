import { expect, test } from "vitest";
import { decoded, textOfFile, UnreadableFile } from "./read-file";

test.each([
  ["UTF-8", [0x4d, 0xc3, 0xbc]],
  ["UTF-8 with its mark", [0xef, 0xbb, 0xbf, 0x4d, 0xc3, 0xbc]],
  ["UTF-16, little end first", [0xff, 0xfe, 0x4d, 0, 0xfc, 0]],
  ["UTF-16, big end first", [0xfe, 0xff, 0, 0x4d, 0, 0xfc]],
  ["Windows-1252", [0x4d, 0xfc]],
])("a file in %s is read", (_, bytes) => {
  expect(decoded(new Uint8Array(bytes))).toBe("Mü");
});

test("a spreadsheet that is not a text is refused", () => {
  expect(() => decoded(new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]))).toThrow(UnreadableFile);
});

test("a file that is too large is refused", async () => {
  const file = new File([new Uint8Array(1_000_001)], "all.csv");
  await expect(textOfFile(file)).rejects.toThrow("larger than 1 MB");
});
