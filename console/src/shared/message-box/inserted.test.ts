import { expect, test } from "vitest";
import { inserted } from "./inserted";

test("words go in where the cursor is, in the place of what is selected", () => {
  expect(inserted("Hi , come!", "{{firstName}}", 3, 3)).toEqual({
    value: "Hi {{firstName}}, come!",
    cursor: 16,
  });
  expect(inserted("Hi Ann, come!", "{{firstName}}", 3, 6).value).toBe("Hi {{firstName}}, come!");
});
