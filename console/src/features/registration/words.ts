/** The words of the registration's screens. */
import type { ReviewStatus } from "@generated/api";
import { Ban, CheckCheck, Clock, TriangleAlert } from "lucide-react";
import { type Look, lookIn } from "@/shared/status-badge";
import type { Step } from "./search";

export const STEP_NAMES: Readonly<Record<Step, string>> = {
  start: "Before you begin",
  company: "Company",
  contact: "Contact",
  useCase: "Use case and samples",
  consent: "Consent and links",
  check: "Check and submit",
};

const LOOKS: Record<ReviewStatus, Look> = {
  submitting: { word: "Being submitted", tone: "sending", icon: Clock },
  pending: { word: "In review", tone: "sent", icon: Clock },
  approved: { word: "Approved", tone: "delivered", icon: CheckCheck },
  failed: { word: "Rejected", tone: "failed", icon: TriangleAlert },
  suspended: { word: "Suspended", tone: "failed", icon: Ban },
};

/** Return the label, colour and icon of a review's status. */
export const reviewLook = (status: string): Look => lookIn(LOOKS, status);

export type Kind = "company" | "useCase";

const USUAL: Record<Kind, string> = {
  company: "It usually takes some minutes, and at most a week.",
  useCase: "It usually takes 10 to 15 working days.",
};

/** Describe in one or two sentences the state of a review, and what happens next. */
export function reviewSentence(kind: Kind, status: string): string {
  switch (status) {
    case "submitting":
      return "It is being sent to the carriers. You can leave this page.";
    case "pending":
      return `The carriers are reviewing it. ${USUAL[kind]} We mail you the result.`;
    case "approved":
      return kind === "company"
        ? "The carriers know your company."
        : "The carriers know what you send.";
    case "failed":
      return "The carriers rejected it. Correct what they name, and submit it again.";
    case "suspended":
      return "It was approved, and suspended later. Texts to the US are blocked until the suspension ends.";
    default:
      return "";
  }
}

const choicesOf = (words: Record<string, string>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }));

export const USE_CASES = choicesOf({
  mixed: "Mixed: several kinds",
  low_volume: "Low volume: few texts of several kinds",
  marketing: "Marketing",
  account_notification: "Account notifications",
  customer_care: "Customer care",
  delivery_notification: "Delivery notifications",
  "2fa": "Sign-in codes",
  security_alert: "Security alerts",
  fraud_alert: "Fraud alerts",
  higher_education: "Higher education",
  k12_education: "Schools",
  polling_voting: "Polls and surveys",
  public_service_announcement: "Public service announcements",
  charity: "Charity",
  political: "Political",
  emergency: "Emergency",
  social: "Social network",
  sweepstake: "Sweepstake",
  agents_franchises: "Agents and franchises",
  proxy: "Numbers that stand in for other numbers (proxy)",
});

export const INDUSTRIES = choicesOf({
  agriculture: "Agriculture",
  automotive: "Automotive",
  banking: "Banking",
  consumer: "Consumer goods",
  education: "Education",
  electronics: "Electronics",
  energy: "Energy",
  engineering: "Engineering",
  fast_moving_consumer_goods: "Fast-moving consumer goods",
  financial: "Financial services",
  fintech: "Fintech",
  food_and_beverage: "Food and beverage",
  government: "Government",
  healthcare: "Healthcare",
  hospitality: "Hospitality",
  insurance: "Insurance",
  jewelry: "Jewelry",
  legal: "Legal",
  manufacturing: "Manufacturing",
  media: "Media",
  not_for_profit: "Not for profit",
  oil_and_gas: "Oil and gas",
  online: "Online business",
  raw_materials: "Raw materials",
  real_estate: "Real estate",
  religion: "Religion",
  retail: "Retail",
  technology: "Technology",
  telecommunications: "Telecommunications",
  transportation: "Transportation",
  travel: "Travel",
});
