/** The words of contacts' filters, segments and bulk changes. */
import type { BulkActionInput, ContactFilter, OptChange } from "@generated/api";
import { counted } from "@/shared/number";
import { dayWords } from "@/shared/time";
import type { ContactSearch } from "./search";

/**
 * Describe a filter in words, such as `“ann”, tag VIP, opted out`. Its days are those of the time
 * zone.
 */
export function filterWords(
  filter: Partial<ContactFilter>,
  listName: (id: string) => string,
  timeZone: string,
): string {
  const parts = [
    filter.search && `“${filter.search}”`,
    filter.tag && `tag ${filter.tag}`,
    filter.listId && `on ${listName(filter.listId)}`,
    filter.optStatus && (filter.optStatus === "opted_out" ? "opted out" : "can be texted"),
    filter.from && `added from ${dayWords(filter.from, timeZone)}`,
    filter.to && `added before ${dayWords(filter.to, timeZone)}`,
  ];
  return parts.filter(Boolean).join(", ") || "all contacts";
}

type Told = Pick<OptChange, "status" | "source" | "words" | "method" | "userName">;

/** Describe where an opt-in or opt-out came from, and its proof. */
export function sourceOf({ status, source, words, method, userName }: Told): string {
  const by = userName ?? "somebody of your organisation";
  const proof = method ? `: ${method}` : status === "opted_in" ? ", without a proof." : ".";
  if (source === "message") return words ? `They texted “${words}”.` : "By a text.";
  if (source === "import") return `By a file that ${by} imported.`;
  if (source === "manual") return `Recorded by ${by}${proof}`;
  return "How is not known.";
}

/** Return the URL parameters for a segment's filter. */
export function searchOfFilter(filter: ContactFilter): ContactSearch {
  return {
    search: filter.search ?? undefined,
    tag: filter.tag ?? undefined,
    listId: filter.listId ?? undefined,
    optStatus: filter.optStatus ?? undefined,
    from: filter.from ?? undefined,
    to: filter.to ?? undefined,
  };
}

/** The changes that are possible for chosen contacts, not only for all matching ones. */
export type ListAction = Exclude<BulkActionInput, "opt_out" | "delete">;

interface BulkWords {
  /** The name in the menu. */
  label: string;
  /** The text of the button, with the count of contacts. */
  confirmLabel: (count: number) => string;
  /** A sentence about what the change does. */
  effect: string;
  isDestructive?: boolean;
}

const people = (count: number) => counted(count, "contact");

export const BULK: Record<BulkActionInput, BulkWords> = {
  add_tags: {
    label: "Add tags",
    confirmLabel: (count) => `Tag ${people(count)}`,
    effect: "Contacts that have the tags already stay as they are.",
  },
  remove_tags: {
    label: "Remove tags",
    confirmLabel: (count) => `Remove the tags from ${people(count)}`,
    effect: "Contacts without the tags stay as they are.",
  },
  add_to_list: {
    label: "Add to a list",
    confirmLabel: (count) => `Add ${people(count)} to the list`,
    effect: "Contacts that are on the list already stay as they are.",
  },
  remove_from_list: {
    label: "Remove from a list",
    confirmLabel: (count) => `Remove ${people(count)} from the list`,
    effect: "The contacts themselves stay.",
  },
  opt_out: {
    label: "Opt out",
    confirmLabel: (count) => `Opt out ${people(count)}`,
    effect: "They get no more texts until they text START. This can't be undone.",
    isDestructive: true,
  },
  delete: {
    label: "Delete",
    confirmLabel: (count) => `Delete ${people(count)}`,
    effect: "Their messages stay in the history. This can't be undone.",
    isDestructive: true,
  },
};
