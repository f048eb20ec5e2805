import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ApiError, Client } from "../../src/index.js";

type Answer = Response | Error;

const LIST = {
  id: "0192f0c1-8d2e-7c3a-9b1f-2a4c6e8f0a1b",
  name: "Guests",
  memberCount: 0,
  createdAt: "2026-02-03T04:05:06.789Z",
};

/** Answers requests in the order of a script, and keeps what it got. */
class Platform {
  readonly requests: Request[] = [];
  readonly client: Client;

  constructor(...answers: Answer[]) {
    const fetch = async (request: Request): Promise<Response> => {
      this.requests.push(request);
      const answer = answers.shift();
      if (!(answer instanceof Response)) throw answer ?? new Error("more requests than answers");
      return answer;
    };
    this.client = new Client({ apiKey: "sk_test", baseUrl: "https://sms.example.org", fetch });
  }

  keys(): Set<string | null> {
    return new Set(this.requests.map((request) => request.headers.get("Idempotency-Key")));
  }
}

function problem(status: number, code: string, after?: string): Response {
  const errors = [{ field: "to", message: "The number is too short." }];
  const content = { status, code, detail: "No.", requestId: "r-1", errors };
  return Response.json(content, { status, ...(after && { headers: { "Retry-After": after } }) });
}

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error;
  }
  return assert.fail("it was not refused");
}

for (const [status, code] of [
  [500, "internal_error"],
  [502, "some_code"],
  [503, "unavailable"],
  [504, "some_code"],
  [429, "rate_limited"],
  [409, "request_in_progress"],
] as const) {
  test(`after ${status} ${code} the same request is sent again with the same key`, async () => {
    const platform = new Platform(problem(status, code, "0"), Response.json(LIST, { status: 201 }));
    assert.equal((await platform.client.lists.create({ name: "Guests" })).name, "Guests");
    assert.equal(platform.requests.length, 2);
    assert.equal(platform.keys().size, 1);
    assert.ok(!platform.keys().has(null));
    const bodies = await Promise.all(platform.requests.map((request) => request.text()));
    assert.deepEqual(bodies, ['{"name":"Guests"}', '{"name":"Guests"}']);
  });
}

test("two calls have two keys, and a key of the caller is sent", async () => {
  const platform = new Platform(problem(402, "x"), problem(402, "x"), problem(402, "x"));
  const text = { to: "+14155550123", message: "Hi" };
  await refusal(platform.client.messages.send(text));
  await refusal(platform.client.messages.send(text));
  await refusal(platform.client.messages.send(text, { idempotencyKey: "order-7" }));
  assert.equal(platform.keys().size, 3);
  assert.ok(platform.keys().has("order-7"));
});

test("pauses grow after lost connections", async () => {
  const pauses: number[] = [];
  const timers = mock.method(globalThis, "setTimeout", (go: () => void, ms: number) => {
    if (ms < 30_000) {
      pauses.push(ms);
      queueMicrotask(go);
    }
    return 0;
  });
  const lost = () => new TypeError("fetch failed", { cause: new Error("connection reset") });
  const platform = new Platform(lost(), lost(), lost(), lost(), lost());
  const error = await refusal(platform.client.billing.balance());
  timers.mock.restore();
  assert.equal(error.code, "no_connection");
  assert.match(error.detail, /connection reset/);
  assert.deepEqual(
    pauses.map((ms, tried) => ms >= 250 * 2 ** tried && ms <= 500 * 2 ** tried),
    [true, true, true, true],
  );
});

test("what another try does not change, or only after long, is not sent again", async () => {
  for (const status of [400, 401, 402, 403, 404, 409, 422]) {
    const error = await refusal(new Platform(problem(status, "some")).client.billing.balance());
    assert.equal(error.status, status);
  }
  const late = await refusal(new Platform(problem(429, "x", "3600")).client.billing.balance());
  assert.equal(late.retryAfter, 3600);
});

const url = "https://a.example";
const unkeyed: [string, (client: Client) => Promise<unknown>][] = [
  ["a PATCH", (client) => client.campaigns.pause(LIST.id)],
  ["a DELETE", (client) => client.lists.delete(LIST.id)],
  ["a new endpoint", (client) => client.webhookEndpoints.create({ url })],
  ["a new listener", (client) => client.webhookListeners.create()],
];
for (const [name, call] of unkeyed) {
  test(`${name} that may be done is not sent again, and one that was not done is`, async () => {
    for (const first of [new TypeError("lost"), problem(503, "x", "0"), problem(500, "x", "0")]) {
      const platform = new Platform(first);
      assert.equal((await refusal(call(platform.client))).idempotencyKey, undefined);
      assert.equal(platform.requests.length, 1);
    }
    const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    for (const first of [new TypeError("failed", { cause: refused }), problem(429, "x", "0")]) {
      const platform = new Platform(first, problem(404, "x"));
      assert.equal((await refusal(call(platform.client))).status, 404);
    }
  });
}

const keyed: [string, (client: Client, idempotencyKey?: string) => Promise<unknown>][] = [
  ["a text", (it, idempotencyKey) => it.messages.send({ to: "+1" }, { idempotencyKey })],
  ["a retry", (it, idempotencyKey) => it.messages.retry("x", {}, { idempotencyKey })],
  ["a campaign", (it, idempotencyKey) => it.campaigns.create({ name: "A" }, { idempotencyKey })],
  ["a campaign again", (it, idempotencyKey) => it.campaigns.retry("x", {}, { idempotencyKey })],
];
for (const [name, call] of keyed) {
  test(`the error of ${name} has the key with which the caller tries again`, async () => {
    const failures = Array.from({ length: 10 }, () => problem(500, "x", "0"));
    const platform = new Platform(...failures);
    const { idempotencyKey } = await refusal(call(platform.client));
    assert.ok(idempotencyKey);
    await refusal(call(platform.client, idempotencyKey));
    assert.deepEqual(platform.keys(), new Set([idempotencyKey]));
    assert.equal(platform.requests.length, 10);
  });
}

test("a connection that is lost within the body is a lost connection", async () => {
  const broken = () => {
    const stream = new ReadableStream({ pull: (it) => it.error(new TypeError("terminated")) });
    return new Response(stream, { headers: { "Content-Type": "application/json" } });
  };
  const again = new Platform(broken(), Response.json(LIST, { status: 201 }));
  assert.equal((await again.client.lists.create({ name: "Guests" })).name, "Guests");
  assert.equal(again.keys().size, 1);
  const once = new Platform(broken());
  assert.equal((await refusal(once.client.campaigns.pause(LIST.id))).code, "no_connection");
});

test("the version of the API and the key are sent", async () => {
  const platform = new Platform(problem(402, "x"));
  await refusal(platform.client.billing.balance());
  const headers = platform.requests[0]?.headers;
  assert.match(headers?.get("SMSBlaster-Version") ?? "", /^\d{4}-\d\d-\d\d$/);
  assert.equal(headers?.get("Authorization"), "Bearer sk_test");
});

test("a wrong key or address is refused at once", () => {
  const baseUrl = "https://sms.example.org";
  for (const options of [
    { apiKey: "sk_тест", baseUrl },
    { apiKey: "", baseUrl },
    { apiKey: "sk_test", baseUrl: "https://[sms" },
    { apiKey: "sk_test", baseUrl: "sms.example.org" },
  ]) {
    assert.throws(() => new Client(options), { code: "invalid_request" });
  }
});

test("an error has code, fields and request id", async () => {
  const error = await refusal(new Platform(problem(422, "invalid_number")).client.lists.get("x"));
  assert.deepEqual([error.code, error.status, error.requestId], ["invalid_number", 422, "r-1"]);
  assert.deepEqual(error.fields, [{ field: "to", message: "The number is too short." }]);
  assert.match(error.message, /too short/);
});

test("an answer of something else is an error too", async () => {
  for (const answer of [
    new Response("<html>Not here</html>", { status: 404 }),
    new Response(null, { status: 301, headers: { Location: "https://elsewhere.example" } }),
    Response.json(["not", "ours"], { status: 404 }),
    new Response(null, { status: 204 }),
  ]) {
    const error = await refusal(new Platform(answer).client.billing.balance());
    assert.equal(error.code, "unexpected_response");
  }
  const headers = { "Retry-After": "3600" };
  const later = new Platform(new Response("<html>Later</html>", { status: 503, headers }));
  assert.equal((await refusal(later.client.billing.balance())).retryAfter, 3600);
});

test("lists fetch pages as they are needed", async () => {
  const platform = new Platform(
    Response.json({ items: [LIST, LIST], nextCursor: "c2" }),
    Response.json({ items: [LIST], nextCursor: null }),
  );
  let rows = 0;
  for await (const _row of platform.client.lists.list()) {
    rows += 1;
    assert.equal(platform.requests.length, rows < 3 ? 1 : 2);
  }
  assert.equal(rows, 3);
  const cursors = platform.requests.map((it) => new URL(it.url).searchParams.get("cursor"));
  assert.deepEqual(cursors, [null, "c2"]);
});
