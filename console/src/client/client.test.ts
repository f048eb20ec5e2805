import { beforeEach, expect, test, vi } from "vitest";
import { authorizedFetch } from "./client";
import * as session from "./session";

beforeEach(() => {
  let count = 0;
  vi.spyOn(session, "accessToken").mockImplementation(async () => `t${++count}`);
  vi.spyOn(session, "forgetToken").mockImplementation(() => undefined);
});

const request = () =>
  new Request("http://localhost/api/sms/send", { method: "POST", body: '{"to":"1"}' });

test("a request is sent again once, as a fresh copy, if its token is refused", async () => {
  const bodies: string[] = [];
  vi.stubGlobal("fetch", async (sent: Request) => {
    bodies.push(`${sent.headers.get("Authorization")} ${await sent.text()}`);
    return new Response(null, { status: bodies.length === 1 ? 401 : 201 });
  });
  expect((await authorizedFetch(request())).status).toBe(201);
  expect(bodies).toEqual(['Bearer t1 {"to":"1"}', 'Bearer t2 {"to":"1"}']);
});

test("a write that got no answer is not repeated automatically", async () => {
  const fetched = vi.fn(async () => {
    throw new TypeError("Failed to fetch");
  });
  vi.stubGlobal("fetch", fetched);
  await expect(authorizedFetch(request())).rejects.toMatchObject({ code: "no_answer" });
  expect(fetched).toHaveBeenCalledTimes(1);
});
