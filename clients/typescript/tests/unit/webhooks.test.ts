import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { webhooks } from "../../src/index.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY = JSON.stringify({
  id: "0192f0c1",
  type: "a.later_type",
  version: "1",
  timestamp: "2026-02-03T04:05:06.789Z",
  data: { message: "Grüße" },
});

function headers(minutesAgo = 0, secret = SECRET): Record<string, string> {
  const at = new Date(Date.now() - minutesAgo * 60_000);
  return {
    "Webhook-Id": "0192f0c1",
    "Webhook-Timestamp": String(Math.floor(at.getTime() / 1000)),
    "Webhook-Signature": `v2,later ${new Webhook(secret).sign("0192f0c1", at, BODY)}`,
  };
}

test("a signed call is an event, whatever form its body and headers have", () => {
  for (const body of [BODY, new TextEncoder().encode(BODY), Buffer.from(BODY)]) {
    for (const given of [headers(), new Headers(headers())]) {
      const event = webhooks.verify(body, given, SECRET);
      assert.equal(event.type, "a.later_type");
      assert.deepEqual(event.data, { message: "Grüße" });
    }
  }
});

const cases: [string, string | Uint8Array, Record<string, string>][] = [
  ["another body", `${BODY} `, headers()],
  ["a call that is too old", BODY, headers(6)],
  ["a call from the future", BODY, headers(-6)],
  ["another secret", BODY, headers(0, OTHER)],
  ["no headers", BODY, {}],
  ["an unreadable signature", BODY, { ...headers(), "Webhook-Signature": "nonsense" }],
  ["a body that is no text", new Uint8Array([255]), headers()],
];
for (const [name, body, given] of cases) {
  test(`${name} is refused`, () => {
    assert.throws(() => webhooks.verify(body, given, SECRET), webhooks.VerificationError);
  });
}
