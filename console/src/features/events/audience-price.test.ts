import type { Quote } from "@generated/api";
import { expect, test } from "vitest";
import { peopleSentence, priceSentence } from "./audience-price";

const SIZE = { numbers: ["+12125550101", "+12125550102"], withoutPhone: 0, isPartial: false };

test("attendees who get no text are counted", () => {
  expect(peopleSentence(SIZE)).toBe("2 attendees.");
  expect(peopleSentence({ ...SIZE, withoutPhone: 1 })).toBe(
    "2 attendees. 1 attendee without a number gets nothing.",
  );
  expect(peopleSentence({ ...SIZE, isPartial: true })).toMatch(/^More than 2/);
});

test("a price is an estimate, a minimum, or a price per text", () => {
  const quote = {
    recipients: 2,
    totalCents: 4,
    balanceCents: 100,
    balanceCovers: true,
    destinations: [{ country: "US", minPriceCents: 2 }],
  } as Quote;
  expect(priceSentence(quote, SIZE, "usd")).toBe(
    "About $0.04. The exact price depends on the names in the text. Balance afterwards: $0.96.",
  );
  expect(priceSentence(quote, { ...SIZE, isPartial: true }, "usd")).toMatch(/^At least \$0\.04/);
  expect(priceSentence({ ...quote, recipients: 0 }, undefined, "usd")).toBe(
    "About $0.02 to US for each text.",
  );
});
