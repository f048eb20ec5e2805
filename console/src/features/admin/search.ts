/** The filters of the operators' lists, which are part of the URL. */
import type { DeadLetterStatusInput, UserStatusInput } from "@generated/api";
import { textOf } from "@/shared/search-text";

type Search = Record<string, unknown>;

export interface UserSearch {
  search?: string;
  status?: UserStatusInput;
  orgId?: string;
}

export interface OrganisationSearch {
  search?: string;
}

export interface AuditSearch {
  /** The first day, such as 2026-03-01. */
  from?: string;
  /** The last day. */
  to?: string;
  orgId?: string;
  userId?: string;
  action?: string;
}

export interface DeadLetterSearch {
  /** Without it, the dead letters are grouped by their error. */
  view?: "letters";
  consumer?: string;
  status?: DeadLetterStatusInput;
  /** The dead letter that is open. */
  letter?: string;
}

const USER_STATUSES: readonly UserStatusInput[] = ["active", "disabled"];
export const LETTER_STATUSES: readonly DeadLetterStatusInput[] = [
  "waiting",
  "replayed",
  "discarded",
  "resolved",
];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Read the filters of users. Other URL parameters are ignored, here and below. */
export function userSearchOf(search: Search): UserSearch {
  return {
    search: textOf(search.search),
    status: USER_STATUSES.find((known) => known === search.status),
    orgId: textOf(search.orgId),
  };
}

/** Read the filter of organisations. */
export function organisationSearchOf(search: Search): OrganisationSearch {
  return { search: textOf(search.search) };
}

/** Read the filters of the audit log. */
export function auditSearchOf(search: Search): AuditSearch {
  return {
    from: dayOf(search.from),
    to: dayOf(search.to),
    orgId: textOf(search.orgId),
    userId: textOf(search.userId),
    action: textOf(search.action),
  };
}

/** Read the filters of dead letters. */
export function deadLetterSearchOf(search: Search): DeadLetterSearch {
  return {
    view: search.view === "letters" ? "letters" : undefined,
    consumer: textOf(search.consumer),
    status: LETTER_STATUSES.find((known) => known === search.status),
    letter: textOf(search.letter),
  };
}

function dayOf(value: unknown): string | undefined {
  return typeof value === "string" && DAY.test(value) ? value : undefined;
}
