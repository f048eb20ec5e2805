import { Webhook } from "standardwebhooks";

/** A call is not from the platform, is too old, or can't be read. Respond with 400. */
export class VerificationError extends Error {
  override name = "VerificationError";
}

/** Something that happened. */
export interface Event {
  /** The event's id. A repeated call has the same one. */
  id: string;
  /** What happened, such as `message.delivered`. New types can come. */
  type: string;
  /** When it happened. */
  timestamp: string;
  /** What the API returns for the thing, such as the message. */
  data: Record<string, unknown>;
  /** The version of the payload. */
  version: string;
}

type Headers = globalThis.Headers | Record<string, string | string[] | undefined>;

/**
 * Verify the signature of a call and return its event. Throws a VerificationError if the signature
 * is wrong, or the call is more than five minutes old.
 *
 * @param body The body as it came, before it is parsed.
 * @param headers The headers of the request. Their case does not matter.
 * @param secret The secret of the endpoint (`whsec_...`).
 */
export function verify(body: string | Uint8Array, headers: Headers, secret: string): Event {
  try {
    const text =
      typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
    return new Webhook(secret).verify(text, plain(headers)) as Event;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new VerificationError(said, { cause });
  }
}

function plain(headers: Headers): Record<string, string> {
  const entries =
    headers instanceof globalThis.Headers ? [...headers.entries()] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value ?? "")]));
}
