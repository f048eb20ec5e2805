import type { A2pCampaign, Brand, RejectionReason } from "@generated/api";
import { asProblem, type Problem } from "@/client/problem";
import { samplesOf, type Values, valuesOfCompany, valuesOfUseCase } from "./details";
import { useDrafts, useMayRegister, useSaveCompany, useSaveUseCase, useStatus } from "./queries";
import { type Step, stepOf } from "./search";
import { type Part, usePart } from "./use-part";
import type { Kind } from "./words";

/**
 * A part of the registration with its review: the submitted values, the result, and what is
 * possible now.
 */
export interface Half {
  kind: Kind;
  part: Part;
  review: Brand | A2pCampaign | null;
  /** The values that were submitted last. */
  submitted: Values;
  reasons: readonly RejectionReason[];
  /** The required fields that are still empty. */
  missing: readonly string[];
  /** Whether the part can be changed: it is not under review, and not finally refused. */
  isOpen: boolean;
  /** When the draft was saved, or null. */
  savedAt: string | null;
  feeCents: number;
}

export interface Registration {
  brand: Brand | null;
  campaign: A2pCampaign | undefined;
  company: Half;
  useCase: Half;
  isRegistered: boolean;
  mayRegister: boolean;
}

type Loaded =
  | { registration: Registration; problem: null }
  | { registration: null; problem: Problem | null };

/** Read everything about the organisation's registration. */
export function useRegistration(): Loaded & { retry: () => void } {
  const mayRegister = useMayRegister();
  const status = useStatus();
  const drafts = useDrafts();
  const brand = status.data?.brand ?? null;
  const campaign = status.data?.campaigns[0];
  const company = useHalf("company", brand, valuesOfCompany(brand?.details ?? null), {
    draft: drafts.company.data,
    saved: valuesOfCompany(drafts.company.data?.details ?? null),
    store: useSaveCompany(),
  });
  const texts = useHalf("useCase", campaign ?? null, valuesOfUseCase(campaign?.details ?? null), {
    draft: drafts.useCase.data,
    saved: valuesOfUseCase(drafts.useCase.data?.details ?? null),
    store: useSaveUseCase(),
  });
  const asked = [status, ...(mayRegister ? [drafts.company, drafts.useCase] : [])];
  const retry = () => {
    for (const query of asked) if (query.error) void query.refetch();
  };
  if (status.data === undefined || asked.some((query) => query.data === undefined)) {
    const failed = asked.find((query) => query.error);
    return { registration: null, problem: failed ? asProblem(failed.error) : null, retry };
  }
  const { registered, brandFeeCents, campaignFeeCents } = status.data;
  const registration: Registration = {
    brand,
    campaign,
    company: { ...company, feeCents: brandFeeCents },
    useCase: { ...texts, feeCents: campaignFeeCents },
    isRegistered: registered,
    mayRegister,
  };
  return { registration, problem: null, retry };
}

interface Draft {
  draft: { missing: string[]; updatedAt: string | null } | undefined;
  /** The values of the draft. */
  saved: Values;
  store: (values: Values, field: string) => Promise<Values>;
}

function useHalf(
  kind: Kind,
  review: Half["review"],
  submitted: Values,
  { draft, saved, store }: Draft,
): Omit<Half, "feeCents"> {
  const savedAt = draft?.updatedAt ?? null;
  const isCorrected = isNewer(savedAt, review?.submittedAt);
  const part = usePart(kind, isCorrected ? { ...submitted, ...saved } : submitted, store);
  return {
    kind,
    part,
    review,
    submitted,
    reasons: review?.reasons ?? [],
    missing: stillMissing(draft?.missing ?? [], part.values),
    isOpen: useMayRegister() && isOpen(review),
    savedAt,
  };
}

/** Return the fields of a step that are still empty. */
export function missingIn(registration: Registration, step: Step): string[] {
  const fields = [...registration.company.missing, ...registration.useCase.missing];
  return fields.filter((field) => stepOf(field) === step);
}

/**
 * Return whether a part can be changed: it was not submitted, or was rejected and may be corrected.
 */
export function isOpen(review: Half["review"]): boolean {
  if (review === null) return true;
  return review.status === "failed" && review.reasons.every(({ canResubmit }) => canResubmit);
}

/**
 * Return the required fields that are empty. The API knows the saved values, the page the unsaved
 * ones.
 */
function stillMissing(missing: readonly string[], values: Values): string[] {
  return missing.filter((field) => {
    if (field === "address" || field === "contact") return false;
    if (field === "sampleMessages") return samplesOf(values).length < 2;
    return !values[field]?.trim();
  });
}

/** Return whether the draft was saved after the last submission, so that it has corrections. */
function isNewer(savedAt: string | null | undefined, submittedAt: string | null | undefined) {
  if (!savedAt) return false;
  return !submittedAt || new Date(savedAt) > new Date(submittedAt);
}
