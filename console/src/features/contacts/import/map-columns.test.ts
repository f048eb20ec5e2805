import { expect, test } from "vitest";
import { mappedTo } from "./map-columns";

test("two columns never hold the same field", () => {
  expect(mappedTo({ Home: "phone", Name: "firstName" }, "Mobile", "phone")).toEqual({
    Name: "firstName",
    Mobile: "phone",
  });
});

test("a column can be left out", () => {
  expect(mappedTo({ Home: "phone" }, "Home", null)).toEqual({});
});
