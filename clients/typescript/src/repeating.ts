import { ApiError, errorOf } from "./errors.js";
import { sleep } from "./waiting.js";

/** A Retry-After that is longer than these seconds is not waited for. */
export const LONGEST_PAUSE = 60;

const FIRST_PAUSE = 0.5;

/** Methods that may be sent again after a lost response. A POST has its Idempotency-Key. */
const REPEATABLE = new Set(["GET", "HEAD", "PUT", "POST"]);

/** Ends of the paths whose responses have secrets: the platform stores none for a key. */
const WITHOUT_KEY = /\/api\/webhooks\/(endpoints|listeners)$|\/rotate-secret$/;

export type Fetch = (request: Request) => Promise<Response>;

/**
 * Return a fetch that sends each request until it has an answer that counts, a few times at most.
 *
 * It repeats a request after 429 and 503, after a lost connection, and while an earlier try of the
 * same request is still under way. Every POST gets an Idempotency-Key, which all tries share, so
 * that the platform does its work once. A bad response is thrown as an ApiError.
 */
export function repeating(fetch: Fetch, retries: number, timeoutSeconds: number): Fetch {
  return (request) => {
    if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    return untilAnswered(() => once(fetch, request, timeoutSeconds), request, retries);
  };
}

async function untilAnswered(
  once: () => Promise<Response>,
  request: Request,
  retries: number,
): Promise<Response> {
  for (let tried = 0; ; tried += 1) {
    try {
      return await once();
    } catch (error) {
      const pause = error instanceof ApiError ? pauseAfter(error, request, tried) : undefined;
      if (pause === undefined || tried === retries) throw error;
      await sleep(pause);
    }
  }
}

async function once(fetch: Fetch, request: Request, timeoutSeconds: number): Promise<Response> {
  // It ends with the response's headers: a large file may take longer.
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no response within ${timeoutSeconds} seconds`)),
    timeoutSeconds * 1000,
  );
  const signal = AbortSignal.any([request.signal, late.signal]);
  let response: Response;
  try {
    response = await fetch(new Request(request.clone(), { signal, redirect: "manual" }));
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    const detail = `${new URL(request.url).origin} could not be reached: ${reasonOf(cause)}.`;
    throw new ApiError("no_connection", detail, { cause });
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return response;
  throw await errorOf(response);
}

/** Return the seconds until the next try, or undefined if another try makes no sense. */
function pauseAfter(error: ApiError, request: Request, tried: number): number | undefined {
  const again =
    error.code === "no_connection"
      ? isRepeatable(request)
      : [429, 503].includes(error.status) || error.code === "request_in_progress";
  if (!again) return undefined;
  const pause = error.retryAfter ?? FIRST_PAUSE * 2 ** tried * (0.5 + Math.random() / 2);
  return pause <= LONGEST_PAUSE ? pause : undefined;
}

function isRepeatable(request: Request): boolean {
  if (!REPEATABLE.has(request.method)) return false;
  return request.method !== "POST" || !WITHOUT_KEY.test(new URL(request.url).pathname);
}

/** Return why there was no response. Node tells it in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
