import { expect, test } from "vitest";
import { choicesFor, mappingOf, placeholdersOf, suggested, variablesOf } from "./columns";
import { tableOf } from "./table";

const TABLE = tableOf("Order number,Mobile,First name,Ref\n10420001,4155550100,Ann,a\n");

test("names of columns become names that placeholders can have", () => {
  const headers = ["First name", "ORDER", "Größe (cm)", "名前", "2nd", "first-name", "orderId"];
  expect(Object.values(placeholdersOf(headers))).toEqual([
    "{{firstName}}",
    "{{order}}",
    "{{groECm}}",
    "{{column4}}",
    "{{nd}}",
    "{{firstName2}}",
    "{{orderId}}",
  ]);
});

test("the phone number and the reference are found, and other columns fill placeholders", () => {
  expect(suggested(TABLE)).toEqual({
    "Order number": "{{orderNumber}}",
    Mobile: "phone",
    "First name": "{{firstName}}",
    Ref: "reference",
  });
});

test("a chosen mapping is used until the columns are others", () => {
  const chosen = { Mobile: "phone", "First name": "{{firstName}}" };
  expect(mappingOf(TABLE, chosen)).toBe(chosen);
  expect(mappingOf(tableOf("Phone,Name\n4155550100,Ann"), chosen)).toEqual({
    Phone: "phone",
    Name: "{{name}}",
  });
});

test("what one column holds can't be chosen for another", () => {
  const [phone, own] = choicesFor(TABLE.headers, { Mobile: "phone" }, "First name");
  expect(phone).toMatchObject({ disabled: true, label: "Phone number (in the column Mobile)" });
  expect(own).toEqual({ value: "{{firstName}}", label: "{{firstName}}", disabled: false });
});

test("placeholders are filled from the columns that hold them", () => {
  expect(variablesOf(TABLE.headers, { Mobile: "phone", Ref: "{{ref}}" })).toEqual([
    { name: "ref", at: 3 },
  ]);
});
