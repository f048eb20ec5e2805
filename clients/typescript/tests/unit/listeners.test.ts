import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { type ApiError, Client, webhooks } from "../../src/index.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CREATED = { listener: { id: "l-1" }, secret: SECRET };

/** Return a listener whose fetches have these answers, and what each has named as received. */
async function listening(...answers: (Response | Error)[]) {
  const received: string[][] = [];
  const fetch = async (request: Request): Promise<Response> => {
    if (request.url.endsWith("/listeners")) return Response.json(CREATED, { status: 201 });
    received.push(((await request.json()) as { received: string[] }).received);
    const answer = answers.shift();
    if (!(answer instanceof Response)) throw answer ?? new Error("more requests than answers");
    return answer;
  };
  const options = { apiKey: "sk_test", baseUrl: "https://sms.example.org", maxRetries: 0, fetch };
  const listener = await new Client(options).webhookListeners.create();
  return { received, listener };
}

function batch(...ids: string[]): Response {
  return Response.json({ events: ids.map((id) => signed(id, new Date())) });
}

function signed(id: string, at: Date) {
  const payload = JSON.stringify({ id, type: "message.sent", data: {}, version: "1" });
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return { id, payload, timestamp, signature: new Webhook(SECRET).sign(id, at, payload) };
}

test("events are verified when they come, and not when their turn does", async () => {
  const { listener } = await listening(batch("a", "b"));
  const events = listener.events();
  assert.equal((await events.next()).value?.event.id, "a");
  const now = Date.now();
  const clock = mock.method(Date, "now", () => now + 3_600_000);
  const second = await events.next();
  clock.mock.restore();
  assert.equal(second.value?.event.id, "b");
});

test("events of somebody else are refused before any is yielded", async () => {
  const old = signed("b", new Date(Date.now() - 360_000));
  const { listener } = await listening(Response.json({ events: [signed("a", new Date()), old] }));
  await assert.rejects(listener.events().next(), webhooks.VerificationError);
});

test("an outage is told, and what was received is not forgotten", async () => {
  const unavailable = Response.json({ code: "unavailable", detail: "No." }, { status: 503 });
  const { listener, received } = await listening(
    batch("a"),
    new TypeError("lost"),
    unavailable,
    batch("b"),
  );
  const told: ApiError[] = [];
  const events = listener.events({ interval: 0, onOutage: (error) => told.push(error) });
  await events.next();
  assert.equal((await events.next()).value?.event.id, "b");
  assert.deepEqual(
    told.map((error) => error.status),
    [0, 503],
  );
  assert.deepEqual(received, [[], ["a"], ["a"], ["a"]]);
});

test("other errors end it, and so does an outage that nobody wants to hear of", async () => {
  const gone = Response.json({ code: "not_found", detail: "No." }, { status: 404 });
  const { listener } = await listening(gone, new TypeError("lost"));
  const onOutage = () => assert.fail("it is no outage");
  await assert.rejects(listener.events({ onOutage }).next(), { code: "not_found" });
  await assert.rejects(listener.events().next(), { code: "no_connection" });
});
