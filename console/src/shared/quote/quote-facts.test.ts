import { expect, test } from "vitest";
import { emptySentence, priceOf } from "./quote-facts";

test("the price of a list that was counted in part is shown as a minimum", () => {
  const quote = { complete: true, totalCents: 1_204 };
  expect(priceOf(quote, "usd")).toBe("$12.04");
  expect(priceOf({ ...quote, complete: false }, "usd")).toBe("at least $12.04");
});

test("a variable that is empty for some people names examples of these people", () => {
  const ada = { contactId: "c1", to: "+12125550101", firstName: null, lastName: "Byron" };
  const unknown = { contactId: "c2", to: "+447700900123", firstName: null, lastName: null };
  const variable = { name: "firstName", recipients: 12, examples: [ada, unknown] };
  expect(emptySentence(variable)).toBe(
    "{{firstName}} is empty for Byron (+1 212 555 0101), +447700900123 and 10 more. They get the text without it.",
  );
});
