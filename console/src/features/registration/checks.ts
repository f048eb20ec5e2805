/**
 * Finds what carriers often reject, before it is submitted and paid for. These checks are only
 * advice and do not prevent a submission, because a reviewer may decide otherwise.
 */
import { samplesOf, type Values } from "./details";

export interface Advice {
  /** The API name of the field that the advice is about. */
  field: string;
  message: string;
}

const SHORTENERS =
  /\b(bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|buff\.ly|rb\.gy|rebrand\.ly|cutt\.ly|shorturl\.at|tiny\.cc|t\.ly)\b/i;
const FREE_MAIL =
  /@(gmail|googlemail|yahoo|hotmail|outlook|live|aol|icloud|gmx|proton|protonmail)\./i;
const ENDINGS =
  /[\s,.]+(llc|l\.l\.c|inc|incorporated|corp|corporation|co|company|ltd|limited|llp|lp|gmbh)\.?$/i;
const STOP = /\bstop\b/i;
const HELP = /\bhelp\b/i;

/** Return what a reviewer at the carriers would probably reject. */
export function adviceFor(company: Values, useCase: Values): Advice[] {
  return [
    ...einAdvice(company),
    ...emailAdvice(company),
    ...linkAdvice(company, ["website"]),
    ...sampleAdvice(company, useCase),
    ...consentAdvice(useCase),
    ...linkAdvice(useCase, ["privacyPolicyUrl", "termsUrl"]),
  ];
}

function einAdvice({ ein = "" }: Values): Advice[] {
  const isForm = ein === "" || /^\d{2}-?\d{7}$/.test(ein.trim());
  return isForm ? [] : [{ field: "ein", message: "An EIN has nine digits, such as 12-3456789." }];
}

function emailAdvice(company: Values): Advice[] {
  const email = company["contact.email"] ?? "";
  if (!FREE_MAIL.test(email)) return [];
  return [
    {
      field: "contact.email",
      message: "Carriers refuse free mail addresses. Use one at the domain of your company.",
    },
  ];
}

function sampleAdvice(company: Values, useCase: Values): Advice[] {
  const samples = samplesOf(useCase);
  if (samples.length === 0) return [];
  const found: Advice[] = [];
  const field = "sampleMessages";
  const name = (company.legalName ?? "").trim().replace(ENDINGS, "").toLowerCase();
  const first = name.split(/\s+/)[0] ?? "";
  if (first && !samples.some((sample) => sample.toLowerCase().includes(first))) {
    found.push({ field, message: "No sample names your company. Begin each with its name." });
  }
  if (!samples.some((sample) => STOP.test(sample))) {
    found.push({ field, message: "No sample says how to opt out. Add “Reply STOP to opt out.”" });
  }
  if (samples.some((sample) => SHORTENERS.test(sample))) {
    found.push({ field, message: "A sample has a shortened link. Use links of your own domain." });
  }
  if (useCase.hasEmbeddedLinks === "no" && samples.some((sample) => /https?:\/\//i.test(sample))) {
    found.push({
      field: "hasEmbeddedLinks",
      message: "You say that texts contain no links, but a sample has one.",
    });
  }
  return found;
}

function consentAdvice(useCase: Values): Advice[] {
  const words = useCase.optInDesc ?? "";
  if (words === "") return [];
  const found: Advice[] = [];
  const add = (message: string) => found.push({ field: "optInDesc", message });
  if (!/rates/i.test(words)) add("Include the words “Message and data rates may apply.”");
  if (!STOP.test(words) || !HELP.test(words))
    add("Include the words that tell people how to opt out (STOP) and get help (HELP).");
  if (!/https?:\/\/|screenshot|paper|in person|keyword|\btext\b/i.test(words)) {
    add("Say where people see the offer, with its public address.");
  }
  return found;
}

function linkAdvice(values: Values, fields: string[]): Advice[] {
  return fields.flatMap((field) => {
    const address = (values[field] ?? "").trim();
    if (address === "") return missingLink(field);
    if (SHORTENERS.test(address)) {
      return [{ field, message: "Give the address itself, not a shortened link." }];
    }
    if (!address.toLowerCase().startsWith("https://")) {
      return [{ field, message: "Use an address that begins with https://." }];
    }
    return [];
  });
}

function missingLink(field: string): Advice[] {
  if (field === "website") return [];
  return [{ field, message: "Without this page, carriers often reject a registration." }];
}
