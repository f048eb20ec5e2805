/** What of the list of contacts stands in the address. */
import type { OptStatus } from "@generated/api";

export interface ContactSearch {
  search?: string;
  tag?: string;
  listId?: string;
  optStatus?: OptStatus;
  /** Added at this time or later. */
  from?: string;
  /** Added before this time. */
  to?: string;
}

/** The filters, and what is open beside them. */
export interface ContactsAddress extends ContactSearch {
  /** The segment whose filter is being changed. */
  segment?: string;
  /** The bulk change whose progress is shown. */
  change?: string;
}

const OPT_STATUSES: readonly OptStatus[] = ["opted_in", "opted_out"];

/** Read the address. Anything else in it is ignored. */
export function contactSearchOf(search: Record<string, unknown>): ContactsAddress {
  return {
    search: textOf(search.search),
    tag: textOf(search.tag),
    listId: textOf(search.listId),
    optStatus: OPT_STATUSES.find((known) => known === search.optStatus),
    from: textOf(search.from),
    to: textOf(search.to),
    segment: textOf(search.segment),
    change: textOf(search.change),
  };
}

/** Return the filters alone, as the API takes them. */
export function filtersOf({ segment, change, ...filters }: ContactsAddress): ContactSearch {
  return filters;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
