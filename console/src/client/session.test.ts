import { beforeEach, expect, test, vi } from "vitest";

const USER = { id: "u1", email: "ann@example.com", name: "Ann", orgId: "o1", roles: ["owner"] };
const sessionOf = (accessToken: string) => ({ accessToken, expiresIn: 900, user: USER });

/** Load the module again, so that each test begins like a newly opened page. */
async function freshSession() {
  vi.resetModules();
  return import("./session");
}

beforeEach(() => {
  vi.stubGlobal("BroadcastChannel", undefined);
  localStorage.setItem("smsblaster-has-session", "yes");
});

test("ten simultaneous calls refresh the token only once", async () => {
  const fetched = vi.fn(async () => Response.json(sessionOf("t1")));
  vi.stubGlobal("fetch", fetched);
  const session = await freshSession();
  const tokens = await Promise.all(Array.from({ length: 10 }, () => session.accessToken()));
  expect(new Set(tokens)).toEqual(new Set(["t1"]));
  expect(fetched).toHaveBeenCalledTimes(1);
});

test("a refused token is refreshed, and a refused older token does not remove a newer one", async () => {
  let count = 0;
  vi.stubGlobal("fetch", async () => Response.json(sessionOf(`t${++count}`)));
  const session = await freshSession();
  expect(await session.accessToken()).toBe("t1");
  session.forgetToken("t1");
  expect(await session.accessToken()).toBe("t2");
  session.forgetToken("t1");
  expect(await session.accessToken()).toBe("t2");
});

test("without a session nobody is signed in", async () => {
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 401 }));
  const session = await freshSession();
  expect(await session.accessToken()).toBeNull();
  expect(session.sessionState()).toEqual({ status: "signed_out" });
});

test("the page stays when the session ends while somebody works", async () => {
  const answers = [Response.json(sessionOf("t1")), Response.json({}, { status: 401 })];
  vi.stubGlobal("fetch", async () => answers.shift());
  const session = await freshSession();
  await session.accessToken();
  session.forgetToken("t1");
  expect(await session.accessToken()).toBeNull();
  expect(session.sessionState()).toEqual({ status: "expired", user: USER });
});

test("a broken connection does not end the session", async () => {
  const broken = Promise.reject(new TypeError("Failed to fetch"));
  const answers = [Promise.resolve(Response.json(sessionOf("t1"))), broken];
  vi.stubGlobal("fetch", () => answers.shift());
  const session = await freshSession();
  await session.accessToken();
  session.forgetToken("t1");
  await expect(session.accessToken()).rejects.toMatchObject({ code: "no_answer" });
  expect(session.sessionState().status).toBe("signed_in");
});

test("a browser without a session sends no request", async () => {
  localStorage.clear();
  const fetched = vi.fn();
  vi.stubGlobal("fetch", fetched);
  const session = await freshSession();
  expect(await session.accessToken()).toBeNull();
  expect(session.sessionState()).toEqual({ status: "signed_out" });
  expect(fetched).not.toHaveBeenCalled();
});

test("after the page was locked, the session is not renewed without a password, even if the request to end it failed", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    if (path === "/api/auth/logout") throw new TypeError("Failed to fetch");
    return Response.json(sessionOf("t1"));
  });
  const session = await freshSession();
  await session.accessToken();
  await session.lockSession();
  expect(await session.accessToken()).toBeNull();
  expect(session.sessionState()).toEqual({ status: "expired", user: USER });
  const reloaded = await freshSession();
  expect(await reloaded.accessToken()).toBeNull();
  expect(asked).toEqual(["/api/auth/refresh", "/api/auth/logout"]);
});
