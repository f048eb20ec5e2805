/** The filters of the contacts, which are part of the URL. */
import type { OptStatus } from "@generated/api";
import { textOf } from "@/shared/search-text";

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

/** All URL parameters: the filters, and the segment, bulk change or contact that is open. */
export interface ContactsAddress extends ContactSearch {
  /** The segment whose filter is being changed. */
  segment?: string;
  /** The version of the segment that the change began with. */
  version?: number;
  /** The bulk change whose progress is shown. */
  change?: string;
  /** The contact whose panel is open. */
  contact?: string;
}

const OPT_STATUSES: readonly OptStatus[] = ["opted_in", "opted_out"];

/** Read the URL parameters. Others are ignored. */
export function contactSearchOf(search: Record<string, unknown>): ContactsAddress {
  return {
    search: textOf(search.search),
    tag: textOf(search.tag),
    listId: textOf(search.listId),
    optStatus: OPT_STATUSES.find((known) => known === search.optStatus),
    from: textOf(search.from),
    to: textOf(search.to),
    segment: textOf(search.segment),
    version: typeof search.version === "number" ? search.version : undefined,
    change: textOf(search.change),
    contact: textOf(search.contact),
  };
}

/** Return only the filters, in the API's format. */
export function filtersOf({
  segment,
  version,
  change,
  contact,
  ...filters
}: ContactsAddress): ContactSearch {
  return filters;
}

/** The import whose progress is shown, and the list that it fills. */
export interface ImportSearch {
  job?: string;
  list?: string;
}

/** Read the address of the import. */
export function importSearchOf(search: Record<string, unknown>): ImportSearch {
  return { job: textOf(search.job), list: textOf(search.list) };
}
