import { ApiError, errorOf, mayBeDone } from "./errors.js";
import { KEYED_PATHS } from "./generated/facts.js";
import { sleep } from "./waiting.js";

/** A Retry-After that is longer than these seconds is not waited for. */
export const LONGEST_PAUSE = 60;

const KEY = "Idempotency-Key";
const FIRST_PAUSE = 0.5;

/** Methods that may be done twice. */
const HARMLESS = new Set(["GET", "HEAD", "PUT"]);

/** A POST without a key that may be done twice: it names what was received before. */
const FETCH = /\/api\/webhooks\/listeners\/[^/]+\/fetch$/;

/** What Node says if there was no connection on which a request could be sent. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

export type Fetch = (request: Request) => Promise<Response>;

/** How a request is sent. */
interface Sent {
  request: Request;
  /** Its Idempotency-Key, if the platform takes one. */
  key: string | undefined;
  /** Whether the platform may get it twice. */
  repeatable: boolean;
}

/**
 * Return a fetch that sends each request until it has an answer that counts, a few times at most.
 *
 * It repeats every request that was certainly not done: after 429, and if no connection was made.
 * After a lost connection, 500, 502, 503 and 504 a request may have been done, so only those are
 * repeated that may be done twice, and POSTs with an Idempotency-Key. All tries share the key, so
 * that the platform does its work once. A bad response is thrown as an ApiError.
 */
export function repeating(fetch: Fetch, retries: number, timeoutSeconds: number): Fetch {
  return (request) => {
    const path = new URL(request.url).pathname;
    const isPost = request.method === "POST";
    const keyed = isPost && KEYED_PATHS.test(path);
    if (keyed && !request.headers.has(KEY)) request.headers.set(KEY, crypto.randomUUID());
    const key = keyed ? (request.headers.get(KEY) ?? undefined) : undefined;
    const repeatable = keyed || HARMLESS.has(request.method) || (isPost && FETCH.test(path));
    return untilAnswered(fetch, { request, key, repeatable }, retries, timeoutSeconds);
  };
}

async function untilAnswered(
  fetch: Fetch,
  sent: Sent,
  retries: number,
  timeoutSeconds: number,
): Promise<Response> {
  for (let tried = 0; ; tried += 1) {
    try {
      return await once(fetch, sent, timeoutSeconds);
    } catch (error) {
      const pause =
        error instanceof ApiError ? pauseAfter(error, sent.repeatable, tried) : undefined;
      if (pause === undefined || tried === retries) throw error;
      await sleep(pause);
    }
  }
}

async function once(fetch: Fetch, sent: Sent, timeoutSeconds: number): Promise<Response> {
  const { request, key } = sent;
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no response within ${timeoutSeconds} seconds`)),
    timeoutSeconds * 1000,
  );
  const signal = AbortSignal.any([request.signal, late.signal]);
  let response: Response;
  let body: string | undefined;
  try {
    response = await fetch(new Request(request.clone(), { signal, redirect: "manual" }));
    // A file may take longer, and is read by the caller.
    if (!response.ok || isJson(response)) body = await response.text();
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    const detail = `${new URL(request.url).origin} could not be reached: ${reasonOf(cause)}.`;
    throw new ApiError("no_connection", detail, { cause, idempotencyKey: key });
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw errorOf(response, body ?? "", key);
  return body === undefined ? response : new Response(body || null, response);
}

function isJson(response: Response): boolean {
  return response.headers.get("Content-Type")?.includes("json") ?? false;
}

/** Return the seconds until the next try, or undefined if there must be none. */
function pauseAfter(error: ApiError, repeatable: boolean, tried: number): number | undefined {
  const again =
    error.status === 429 ||
    error.code === "request_in_progress" ||
    (mayBeDone(error) && (repeatable || wasNotSent(error)));
  if (!again) return undefined;
  const pause = error.retryAfter ?? FIRST_PAUSE * 2 ** tried * (0.5 + Math.random() / 2);
  return pause <= LONGEST_PAUSE ? pause : undefined;
}

/** Return whether no connection was made. Node tells it in the cause of its error. */
function wasNotSent(error: ApiError): boolean {
  const cause = error.cause instanceof Error ? error.cause.cause : undefined;
  return cause instanceof Error && "code" in cause && NOT_SENT.has(String(cause.code));
}

/** Return why there was no response. Node tells it in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
