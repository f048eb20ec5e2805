import { expect, test } from "vitest";
import {
  detailsOfCompany,
  detailsOfUseCase,
  hasChanged,
  samplesOf,
  valuesOfCompany,
  valuesOfUseCase,
} from "./details";

test("a field of an address is sent with the whole address, and no other field is sent", () => {
  const values = { legalName: "Acme LLC", "address.city": " Reno ", "address.region": "NV" };
  const part = detailsOfCompany(values, "address.city");
  expect(Object.keys(part)).toEqual(["address"]);
  expect(part.address).toMatchObject({ city: "Reno", region: "NV", street: "" });
});

test("details that are converted and read back are the same", () => {
  const useCase = {
    useCase: "marketing",
    "sampleMessages.0": "One",
    "sampleMessages.1": "Two",
    ageGated: "no",
    optInDesc: "They tick a box.",
  };
  const details = detailsOfUseCase(useCase);
  expect(details.sampleMessages).toEqual(["One", "Two"]);
  expect(details.ageGated).toBe(false);
  expect(details.directLending).toBeUndefined();
  const answered = {
    useCase: "marketing",
    sampleMessages: ["One", "Two"],
    optInDesc: "They tick a box.",
    description: null,
    hasEmbeddedLinks: null,
    hasEmbeddedPhone: null,
    ageGated: false,
    directLending: null,
    privacyPolicyUrl: null,
    termsUrl: null,
  };
  expect(valuesOfUseCase(answered)).toEqual(useCase);
  expect(valuesOfCompany(null)).toEqual({});
});

test("a cleared sample leaves no gap", () => {
  expect(samplesOf({ "sampleMessages.0": "", "sampleMessages.1": "Two" })).toEqual(["Two"]);
});

test("a sample that changed is a change of the samples, and not of the use case", () => {
  const submitted = { useCase: "mixed", "sampleMessages.0": "One", "sampleMessages.1": "Two" };
  const values = { ...submitted, "sampleMessages.1": "Three" };
  expect(hasChanged("sampleMessages", values, submitted)).toBe(true);
  expect(hasChanged("sampleMessages", submitted, submitted)).toBe(false);
  expect(hasChanged("useCase", values, submitted)).toBe(false);
});
