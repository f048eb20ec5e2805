/** An error answer of the API, or a request that got no answer. */
export class Problem extends Error {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** Stable code, such as `invalid_number`; `no_answer` if there was no answer. */
  readonly code: string;
  /** The reason for each field at fault, by its path in the request. */
  readonly fields: Readonly<Record<string, string>>;
  /** The id to give to support, or null. */
  readonly requestId: string | null;
  /** Seconds to wait before the next attempt, or null. */
  readonly retryAfter: number | null;

  constructor(parts: ProblemParts) {
    super(parts.detail);
    this.name = "Problem";
    this.status = parts.status;
    this.code = parts.code;
    this.fields = parts.fields ?? {};
    this.requestId = parts.requestId ?? null;
    this.retryAfter = parts.retryAfter ?? null;
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

interface ProblemParts {
  status: number;
  code: string;
  detail: string;
  fields?: Record<string, string>;
  requestId?: string | null;
  retryAfter?: number | null;
}

interface ProblemBody {
  code?: string;
  detail?: string;
  requestId?: string;
  errors?: { field: string; message: string }[];
}

/**
 * Read the problem from an error answer. Its body may be anything, for example a proxy's HTML page.
 */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await bodyOf(response);
  return new Problem({
    status: response.status,
    code: body.code ?? "unknown_error",
    detail: body.detail ?? `The server answered with an error (${response.status}).`,
    fields: Object.fromEntries((body.errors ?? []).map(({ field, message }) => [field, message])),
    requestId: body.requestId ?? response.headers.get("X-Request-Id"),
    retryAfter: secondsOf(response.headers.get("Retry-After")),
  });
}

/** Return the problem of a request that got no answer. */
export function noAnswer(): Problem {
  return new Problem({
    status: 0,
    code: "no_answer",
    detail: "The server did not answer. Check your connection and try again.",
  });
}

/** Turn anything that was thrown into a problem, so that screens handle only one kind of error. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem({ status: 0, code: "client_error", detail });
}

async function bodyOf(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return {};
  }
}

function secondsOf(header: string | null): number | null {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
