export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export const STATUS_CLASSES = [2, 4, 5] as const;

/** The filters of the request log and the open request, which are part of the URL. */
export interface RequestLogSearch {
  apiKeyId?: string | undefined;
  statusClass?: (typeof STATUS_CLASSES)[number] | undefined;
  method?: (typeof METHODS)[number] | undefined;
  /** The path of the API document, such as `/api/messages/{id}`. */
  route?: string | undefined;
  requestId?: string | undefined;
  /** The first day, such as `2026-03-01`, in the organisation's zone. */
  from?: string | undefined;
  /** The last day. */
  to?: string | undefined;
  /** The request id of the open request. */
  open?: string | undefined;
  /** The id of its entry, because a client may give one request id to several requests. */
  entry?: string | undefined;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const ROUTE = /^\/[\w/{}.-]{1,199}$/;

/** Read the filters and the open request. Other URL parameters are ignored. */
export function requestLogSearchOf(search: Record<string, unknown>): RequestLogSearch {
  return {
    apiKeyId: matching(ID, search.apiKeyId),
    statusClass: STATUS_CLASSES.find((known) => known === Number(search.statusClass)),
    method: METHODS.find((known) => known === search.method),
    route: matching(ROUTE, search.route),
    requestId: matching(REQUEST_ID, search.requestId),
    from: matching(DAY, search.from),
    to: matching(DAY, search.to),
    open: matching(REQUEST_ID, search.open),
    entry: matching(ID, search.entry),
  };
}

/** Return the parts of the URL that the API gets as its filters. */
export function filtersOf({ open: _open, entry: _entry, ...filters }: RequestLogSearch) {
  return filters;
}

/** Return whether the list is filtered. */
export function isFiltered(search: RequestLogSearch): boolean {
  return Object.values(filtersOf(search)).some((value) => value !== undefined);
}

/** Return a request id or a route as somebody has typed or pasted it, undefined if it is neither. */
export function typedRequestId(text: string): string | undefined {
  return matching(REQUEST_ID, text.trim());
}

function matching(form: RegExp, value: unknown): string | undefined {
  // The router reads digits in the URL as a number.
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && form.test(text) ? text : undefined;
}
