/** What is wrong with one field of a request. */
export interface FieldError {
  field: string;
  message: string;
}

interface Details {
  status?: number;
  requestId?: string;
  retryAfter?: number | undefined;
  problem?: Record<string, unknown>;
  cause?: unknown;
  idempotencyKey?: string | undefined;
}

/** A request that failed. */
export class ApiError extends Error {
  /**
   * A stable word that says what is wrong, such as `insufficient_balance`. It is `no_connection` if
   * the API could not be reached, and `unexpected_response` if something else has answered.
   */
  readonly code: string;
  /** What happened and what to do, in a sentence. */
  readonly detail: string;
  /** The HTTP status, or 0 without a response. */
  readonly status: number;
  /** What is wrong with the fields of the request. */
  readonly fields: FieldError[];
  /** The id of the request in the platform's logs, or an empty string. */
  readonly requestId: string;
  /** After how many seconds another try makes sense, if the API said so. */
  readonly retryAfter: number | undefined;
  /** The whole problem document, with the facts that some codes add. */
  readonly problem: Record<string, unknown>;
  /**
   * The key of the request that failed. The same call with this key is done once, even if the
   * platform has done it already. Undefined if the request had no key.
   */
  readonly idempotencyKey: string | undefined;

  constructor(code: string, detail: string, details: Details = {}) {
    const fields = (details.problem?.errors ?? []) as FieldError[];
    super(
      [detail, ...fields.map((each) => `${each.field}: ${each.message}`), `(${code})`].join(" "),
      { cause: details.cause },
    );
    this.name = "ApiError";
    this.code = code;
    this.detail = detail;
    this.status = details.status ?? 0;
    this.fields = fields;
    this.requestId = details.requestId ?? "";
    this.retryAfter = details.retryAfter;
    this.problem = details.problem ?? {};
    this.idempotencyKey = details.idempotencyKey;
  }
}

/** Return whether the platform may have done a request, although there is no good response. */
export function mayBeDone(error: ApiError): boolean {
  return error.code === "no_connection" || [500, 502, 503, 504].includes(error.status);
}

/** Return the error that a response with this body tells. */
export function errorOf(
  response: Response,
  body: string,
  idempotencyKey: string | undefined,
): ApiError {
  const after = response.headers.get("Retry-After") ?? "";
  const retryAfter = /^\d+$/.test(after) ? Number(after) : undefined;
  const requestId = response.headers.get("X-Request-Id") ?? "";
  const details = { status: response.status, retryAfter, idempotencyKey };
  const problem = problemOf(body);
  if (!problem) {
    const detail = `${response.url} responded with ${response.status}, and not as the API does.`;
    return new ApiError("unexpected_response", detail, { ...details, requestId });
  }
  return new ApiError(String(problem.code), String(problem.detail ?? ""), {
    ...details,
    requestId: String(problem.requestId ?? requestId),
    problem,
  });
}

function problemOf(body: string): Record<string, unknown> | undefined {
  try {
    const read = JSON.parse(body) as Record<string, unknown> | null;
    return typeof read?.code === "string" ? read : undefined;
  } catch {
    return undefined;
  }
}
