/** What of the list of contacts stands in the address. */
import type { OptStatus } from "@generated/api";

export interface ContactSearch {
  search?: string;
  tag?: string;
  listId?: string;
  optStatus?: OptStatus;
}

const OPT_STATUSES: readonly OptStatus[] = ["opted_in", "opted_out"];

/** Read the filters. Anything else in the address is ignored. */
export function contactSearchOf(search: Record<string, unknown>): ContactSearch {
  return {
    search: textOf(search.search),
    tag: textOf(search.tag),
    listId: textOf(search.listId),
    optStatus: OPT_STATUSES.find((known) => known === search.optStatus),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
