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
  }
}

/** Return the error that a response tells. */
export async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("X-Request-Id") ?? "";
  const problem = await problemOf(response);
  if (!problem) {
    const detail = `${response.url} responded with ${response.status}, and not as the API does.`;
    return new ApiError("unexpected_response", detail, { status: response.status, requestId });
  }
  const after = response.headers.get("Retry-After") ?? "";
  return new ApiError(String(problem.code), String(problem.detail ?? ""), {
    status: response.status,
    requestId: String(problem.requestId ?? requestId),
    retryAfter: /^\d+$/.test(after) ? Number(after) : undefined,
    problem,
  });
}

async function problemOf(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const read = (await response.json()) as Record<string, unknown> | null;
    return typeof read?.code === "string" ? read : undefined;
  } catch {
    return undefined;
  }
}
