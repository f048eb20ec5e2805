/** The fields about the texts, and about how people agreed to get them. */
import type { Choice, Field } from "./field";
import { USE_CASES } from "./words";

const YES_NO: Choice[] = [
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
];

export const USE_CASE: readonly Field[] = [
  {
    name: "useCase",
    label: "Use case",
    kind: "choice",
    choices: USE_CASES,
    help: "What most of your texts are about. Choose Mixed if you send several kinds.",
  },
  {
    name: "description",
    label: "Purpose",
    kind: "text",
    help: "Who sends to whom, why and how often. 40 characters or more.",
    good: "Acme Bakery LLC texts customers who ordered online when their order is ready, and once a week about offers.",
    bad: "Marketing messages.",
    isOptional: true,
  },
];

/** The questions about the content of texts, below the samples. */
export const CONTENT_QUESTIONS: readonly Field[] = [
  {
    name: "hasEmbeddedLinks",
    label: "Do your texts contain links?",
    kind: "choice",
    choices: YES_NO,
    help: "If you choose nothing, we look for them in your samples.",
    isOptional: true,
    isShort: true,
  },
  {
    name: "hasEmbeddedPhone",
    label: "Do your texts contain phone numbers?",
    kind: "choice",
    choices: YES_NO,
    help: "If you choose nothing, we look for them in your samples.",
    isOptional: true,
    isShort: true,
  },
  {
    name: "ageGated",
    label: "Is the content for adults only?",
    kind: "choice",
    choices: YES_NO,
    help: "Default: No.",
    isOptional: true,
    isShort: true,
  },
  {
    name: "directLending",
    label: "Are your texts about loans?",
    kind: "choice",
    choices: YES_NO,
    help: "Default: No.",
    isOptional: true,
    isShort: true,
  },
];

export const CONSENT: readonly Field[] = [
  {
    name: "optInDesc",
    label: "How people agree to be texted",
    kind: "text",
    help: "Where they see the offer, the words that they read, and what they do to accept. 40 characters or more.",
    good: "At https://acmebakery.com/signup people tick “I agree to get texts from Acme Bakery. Message and data rates may apply. Reply STOP to opt out, HELP for help.”",
    bad: "They are our customers.",
  },
  {
    name: "privacyPolicyUrl",
    label: "Privacy policy",
    kind: "line",
    help: "It must be public, and say that phone numbers are not shared for marketing.",
    good: "https://acmebakery.com/privacy",
    bad: "http://bit.ly/3xYz",
    isOptional: true,
  },
  {
    name: "termsUrl",
    label: "Terms of service",
    kind: "line",
    help: "They must be public, and mention text messages.",
    good: "https://acmebakery.com/terms",
    bad: "a page that needs a sign-in",
    isOptional: true,
  },
];
