import { expect, test } from "vitest";
import { adviceFor } from "./checks";

const COMPANY = {
  legalName: "Acme Bakery LLC",
  ein: "12-3456789",
  website: "https://acmebakery.com",
  "contact.email": "ada@acmebakery.com",
};
const USE_CASE = {
  "sampleMessages.0": "Acme Bakery: your order is ready. Reply STOP to opt out.",
  "sampleMessages.1": "Acme Bakery: 20% off today, see https://acmebakery.com/offers",
  optInDesc:
    "At https://acmebakery.com/signup people agree: rates may apply. Reply STOP to opt out, HELP for help.",
  privacyPolicyUrl: "https://acmebakery.com/privacy",
  termsUrl: "https://acmebakery.com/terms",
};

test("there is no advice for a registration that has everything carriers look for", () => {
  expect(adviceFor(COMPANY, USE_CASE)).toEqual([]);
});

test.each([
  ["ein", { ein: "12-34" }, {}],
  ["contact.email", { "contact.email": "acme@gmail.com" }, {}],
  ["website", { website: "http://acmebakery.com" }, {}],
  ["sampleMessages", {}, { "sampleMessages.0": "Your order is ready. Reply STOP to opt out." }],
  ["sampleMessages", {}, { "sampleMessages.0": "Acme: see https://bit.ly/3x. STOP ends this." }],
  ["hasEmbeddedLinks", {}, { hasEmbeddedLinks: "no" }],
  ["optInDesc", {}, { optInDesc: "They are our customers and they know that we send texts." }],
  ["privacyPolicyUrl", {}, { privacyPolicyUrl: "" }],
  ["termsUrl", {}, { termsUrl: "https://tinyurl.com/terms" }],
])("what carriers reject is found at %s", (field, company, useCase) => {
  const samples = field === "sampleMessages" ? { "sampleMessages.1": "" } : {};
  const advice = adviceFor(
    { ...COMPANY, legalName: field === "sampleMessages" ? "Zeta" : "Acme LLC", ...company },
    { ...USE_CASE, ...samples, ...useCase },
  );
  expect(advice.map((found) => found.field)).toContain(field);
});
