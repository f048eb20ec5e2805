import { expect, test } from "vitest";
import { EMPTY, expectedVariables, numbersOf, orderOf, picturesOf, valuesFor } from "./order";

const CONTACT = { id: "c", phone: "+14155550100", name: "Ada" };

test("a text is sent to the contact or to the numbers, whichever is chosen", () => {
  const draft = { ...EMPTY, contact: CONTACT, recipients: "+14155550101" };
  expect(numbersOf({ ...draft, to: "contact" })).toEqual(["+14155550100"]);
  expect(numbersOf({ ...draft, to: "numbers" })).toEqual(["+14155550101"]);
});

test("a changed template text is sent as text, not as the template", () => {
  const template = { id: "t", content: "Hi {{name}}" };
  const draft = { ...EMPTY, template, message: "Hi {{name}}" };
  expect(orderOf(draft, ["name"], undefined).templateId).toBe("t");
  expect(orderOf({ ...draft, message: "Hello" }, [], undefined).templateId).toBeNull();
});

test("values of placeholders that the text no longer has are not sent", () => {
  expect(valuesFor(["name"], { name: "Ada", code: "7" })).toEqual({ name: "Ada" });
});

test("each line is the URL of a picture", () => {
  expect(picturesOf({ ...EMPTY, pictures: " https://a.example/1.jpg\n\n" })).toHaveLength(1);
});

test("an order has only the options that are chosen", () => {
  expect(orderOf(EMPTY, [], undefined).options).toEqual({});
  const chosen = { ...EMPTY, reference: " order-7 ", from: "+14155550100", validFor: 300 };
  const options = { reference: "order-7", from: "+14155550100", validFor: 300 };
  expect(orderOf(chosen, [], undefined).options).toEqual(options);
});

test("a text is expected to use its template's variables and all variables with a value", () => {
  const template = { id: "t", content: "Hi {{name}}", variables: ["name"] };
  const draft = { ...EMPTY, template, variables: { name: "", code: "X1" } };
  expect(expectedVariables(draft)).toEqual(["name", "code"]);
});
