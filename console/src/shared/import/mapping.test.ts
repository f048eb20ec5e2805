import { expect, test } from "vitest";
import { choicesFor, mappedTo } from "./mapping";

test("two columns never hold the same field", () => {
  expect(mappedTo({ Home: "phone", Name: "firstName" }, "Mobile", "phone")).toEqual({
    Name: "firstName",
    Mobile: "phone",
  });
});

test("a column can be left out", () => {
  expect(mappedTo({ Home: "phone" }, "Home", null)).toEqual({});
});

test("a field that another column holds can't be chosen, and names that column", () => {
  const choices = choicesFor({ Home: "phone" }, "Mobile");
  const phone = choices.find(({ value }) => value === "phone");
  expect(phone).toMatchObject({ disabled: true, label: "Phone number (in the column Home)" });
  expect(choicesFor({ Home: "phone" }, "Home")[0]).toMatchObject({ disabled: false });
});
