// The main job of the platform, with the client. `tests/e2e/test_clients.py` starts the platform.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { ApiError, Client, type Schemas, webhooks } from "../../src/index.js";

const { SMSBLASTER_URL = "", SMSBLASTER_API_KEY = "", SIMULATOR_URL, OUR_NUMBER } = process.env;
const ADA = "+12126400001";
const FILE = `Name,Mobile
Ada,+1 212 640 0001
Grace,+1 212 640 0002
Katherine,+1 646 556 3003
Nobody,12
`;

const client = new Client({ apiKey: SMSBLASTER_API_KEY, baseUrl: SMSBLASTER_URL });

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, `not refused: ${error}`);
  return error;
}

async function waitUntil<T>(condition: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 90_000;
  while (true) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < deadline, "the wait was too long");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

test("a campaign is imported, quoted, sent, watched and explained", async () => {
  const guests = await client.lists.create({ name: `Guests ${crypto.randomUUID()}` });
  const seen: Schemas["ImportJob"][] = [];
  const job = await client.contacts.importCsv(new Blob([FILE]), {
    mapping: { Mobile: "phone", Name: "firstName" },
    listId: guests.id,
    interval: 0.2,
    onProgress: (state) => seen.push(state),
  });
  assert.deepEqual([job.status, job.rowsRead, job.skipped], ["done", 4, 1]);
  assert.equal(seen.at(-1)?.status, "done");
  const [error] = await all(client.contacts.importErrors(job.id));
  assert.equal(error?.value, "12");

  const template = await client.templates.create({
    name: `Doors ${crypto.randomUUID()}`,
    content: "Hi {{firstName}}, doors open at 7.",
  });
  const { id } = await client.campaigns.create({
    name: "Doors",
    templateId: template.id,
    listId: guests.id,
  });
  const quote = await client.campaigns.quote(id);
  assert.deepEqual([quote.recipients, quote.totalCents], [3, 3]);
  const changed = await refusal(client.campaigns.send(id, { priceVersion: "old" }));
  assert.equal(changed.code, "price_changed");
  await client.campaigns.send(id, { priceVersion: quote.priceVersion });
  const progress = await all(client.campaigns.watch(id, { interval: 0.3, timeout: 90 }));
  assert.equal(progress.at(-1)?.campaign.status, "done");
  await waitUntil(async () => {
    const { delivered, failed } = await client.campaigns.metrics(id);
    return delivered === 2 && failed === 1;
  });
  const results = await all(client.campaigns.results(id));
  assert.equal(results.find((row) => row.to === ADA)?.status, "delivered");
  const [reason] = await client.campaigns.errors(id);
  assert.deepEqual([reason?.errorCode, reason?.count], [30003, 1]);
  const csv = await new Response(await client.campaigns.exportCsv(id)).text();
  assert.equal(csv.trim().split("\n").length, 4);
  const retry = await client.campaigns.retry(id, { retryableOnly: true });
  assert.deepEqual([retry.retryOf, retry.status], [id, "draft"]);
});

test("contacts are found, changed and deleted", async () => {
  const tag = crypto.randomUUID();
  const made = await client.contacts.create({ phone: "+12126410001", tags: [tag] });
  assert.deepEqual(
    (await all(client.contacts.list({ tag }))).map((each) => each.id),
    [made.id],
  );
  const changed = await client.contacts.update(made.id, { lastName: "Lovelace", tags: null });
  assert.deepEqual([changed.lastName, changed.tags], ["Lovelace", []]);
  await client.contacts.optOut(made.id);
  const refused = await refusal(client.messages.send({ to: made.phone, message: "Hi" }));
  assert.equal(refused.code, "opted_out");
  await client.contacts.delete(made.id);
  assert.equal((await refusal(client.contacts.get(made.id))).status, 404);
});

test("the same key sends a text once", async () => {
  const key = crypto.randomUUID();
  const before = (await client.billing.balance()).balanceCents;
  const order = { to: ADA, message: "Your order is ready.", reference: key };
  assert.equal((await client.messages.quote({ message: "Hi", numbers: [ADA] })).totalCents, 1);
  const first = await client.messages.send(order, { idempotencyKey: key });
  assert.deepEqual(await client.messages.send(order, { idempotencyKey: key }), first);
  assert.equal((await client.billing.balance()).balanceCents, before - 1);
  await waitUntil(async () => (await client.messages.get(first.id)).message.status === "delivered");
  const listed = await all(client.messages.list({ reference: key }));
  assert.deepEqual(
    listed.map((each) => each.id),
    [first.id],
  );
  const file = await client.history.exportCsv({ reference: key }, { interval: 0.2 });
  assert.ok((await new Response(file).text()).includes(first.id));
  const debits = await all(client.billing.transactions({ type: "debit" }));
  assert.equal(debits.filter((row) => row.externalId === first.id).length, 1);
});

test("a person writes and gets an answer", async () => {
  const person = "+12126420001";
  const incoming = { from: person, to: OUR_NUMBER, body: "Is there parking?", secondsAgo: 0 };
  const method = "POST";
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(incoming);
  assert.ok((await fetch(`${SIMULATOR_URL}/sim/inbound`, { method, headers, body })).ok);
  const talk = await waitUntil(async () =>
    (await all(client.inbox.conversations({ unread: true }))).find((it) => it.phone === person),
  );
  await client.inbox.reply({ contactId: talk.contactId, message: "Yes." });
  const said = (await all(client.inbox.messages(talk.contactId))).map((each) => each.message);
  assert.deepEqual(said, ["Is there parking?", "Yes."]);
});

test("a call to a server of ours is verified", async (context) => {
  const calls: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    calls.push({ headers: request.headers, body: await text(request) });
    response.writeHead(204).end();
  });
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { endpoint, secret } = await client.webhookEndpoints.create({
    url: `http://127.0.0.1:${port}/hooks`,
    eventTypes: ["number.released"],
  });
  await client.webhookEndpoints.test(endpoint.id);
  const call = await waitUntil(async () => calls[0]);
  assert.equal(webhooks.verify(call.body, call.headers, secret).type, "endpoint.test");
  assert.throws(() => webhooks.verify(`${call.body} `, call.headers, secret));
  await waitUntil(async () =>
    (await all(client.webhookEndpoints.deliveries(endpoint.id))).find(
      (each) => each.status === "delivered",
    ),
  );
  await client.webhookEndpoints.delete(endpoint.id);
});

test("a listener gets what happens", async () => {
  const listener = await client.webhookListeners.create({ eventTypes: ["message.delivered"] });
  const events = listener.events({ interval: 0.3 });
  const next = events.next();
  const sent: string[] = [];
  let told = false;
  void next.then(() => {
    told = true;
  });
  // The platform's services know of a new listener a moment later.
  await waitUntil(async () => {
    sent.push((await client.messages.send({ to: ADA, message: `Hello ${sent.length}` })).id);
    return told || undefined;
  });
  const { value } = await next;
  assert.equal(value?.event.type, "message.delivered");
  assert.ok(sent.includes(String(value?.event.data.id)));
  await events.return();
  await listener.close();
});

test("a wrong key is told", async () => {
  const stranger = new Client({ apiKey: "sk_wrong", baseUrl: SMSBLASTER_URL });
  const error = await refusal(stranger.billing.balance());
  assert.deepEqual([error.status, error.code], [401, "unauthenticated"]);
});
