import type { Client as OpenApiClient } from "openapi-fetch";
import { ApiError } from "./errors.js";
import type { components, paths } from "./generated/api.js";

/** The generated client: every route of the API, typed. */
export type Api = OpenApiClient<paths>;

/** The objects of the API by their names, such as `Schemas["Message"]`. */
export type Schemas = components["schemas"];

/** Rows of a page that the client fetches. */
export const PAGE = 100;

type Route<Path extends keyof paths> = paths[Path] extends { get: infer Get } ? Get : never;

/** The filters of a list. Its pages are the client's business. */
export type Filters<Path extends keyof paths> =
  Route<Path> extends { parameters: { query?: infer Query } }
    ? Omit<NonNullable<Query>, "cursor" | "limit" | "page" | "pageSize">
    : never;

/** The JSON body of a POST that has no name of its own. */
export type Body<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { "application/json": infer Content } } };
}
  ? Content
  : never;

/** What a caller can say about a POST that must not happen twice. */
export interface Sending {
  /** The same key with the same request is done once. Default: each call has a key of its own. */
  idempotencyKey?: string | undefined;
}

/** Return the parameters of a POST. */
export function keyed({ idempotencyKey }: Sending): { header: { "Idempotency-Key"?: string } } {
  return { header: idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey } };
}

/** Return what a response has. Bad responses were thrown before. */
export async function answer<T>(request: Promise<{ data?: T }>): Promise<T> {
  const { data } = await request;
  if (data === undefined || data === null) {
    throw new ApiError("unexpected_response", "The API responded with nothing.");
  }
  return data;
}

/** Yield the rows of all pages. A page is fetched when its first row is needed. */
export async function* pages<T>(
  fetch: (page: { limit: number; cursor?: string }) => Promise<{
    data?: { items: T[]; nextCursor: string | null };
  }>,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | null = null;
  do {
    const page: { items: T[]; nextCursor: string | null } = await answer(
      fetch(cursor === null ? { limit: PAGE } : { limit: PAGE, cursor }),
    );
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
