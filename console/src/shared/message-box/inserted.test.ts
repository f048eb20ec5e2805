import { expect, test } from "vitest";
import { inserted } from "./inserted";

test("words are inserted at the cursor, and replace the selected text", () => {
  expect(inserted("Hi , come!", "{{firstName}}", 3, 3)).toEqual({
    value: "Hi {{firstName}}, come!",
    cursor: 16,
  });
  expect(inserted("Hi Ann, come!", "{{firstName}}", 3, 6).value).toBe("Hi {{firstName}}, come!");
});
