import { beforeEach, expect, test, vi } from "vitest";

const USER = { id: "u1", email: "ann@example.com", name: "Ann", orgId: "o1", roles: ["owner"] };

/** The tokens that were sent with requests, by path. */
let asked: { path: string; token: string | null }[] = [];

/** A server whose live tokens are live-1, live-2 and so on, and test tokens test-1, test-2 ... */
function server(refused: string[] = []) {
  let live = 0;
  let tests = 0;
  return vi.fn(async (given: Request | string, init: RequestInit = {}) => {
    const request = new Request(
      new URL(typeof given === "string" ? given : given.url, location.origin),
      {
        headers: typeof given === "string" ? init.headers : given.headers,
      },
    );
    const path = new URL(request.url).pathname;
    const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? null;
    asked.push({ path, token });
    if (path === "/api/auth/refresh") {
      live += 1;
      return Response.json({ accessToken: `live-${live}`, expiresIn: 900, user: USER });
    }
    if (path === "/api/test-mode/tokens") {
      tests += 1;
      return Response.json({ accessToken: `test-${tests}`, expiresIn: 900 });
    }
    const status = token && refused.includes(token) ? 401 : 200;
    return Response.json({ items: [] }, { status });
  });
}

/** Load the modules again, so that each test begins like a newly opened page. */
async function openPage(mode: string | null) {
  vi.resetModules();
  if (mode) sessionStorage.setItem("smsblaster-mode", mode);
  return {
    ...(await import("./mode")),
    ...(await import("./client")),
    ...(await import("./session")),
  };
}

beforeEach(() => {
  asked = [];
  sessionStorage.clear();
  localStorage.clear();
  vi.stubGlobal("BroadcastChannel", undefined);
  localStorage.setItem("smsblaster-has-session", "yes");
});

const sent = () => asked.filter(({ path }) => path === "/api/contacts").map(({ token }) => token);
const read = (page: Awaited<ReturnType<typeof openPage>>) =>
  page.authorizedFetch(new Request(new URL("/api/contacts", location.origin)));

test("a page in live mode asks for no test token", async () => {
  vi.stubGlobal("fetch", server());
  const page = await openPage(null);
  await read(page);
  expect(page.isTestMode).toBe(false);
  expect(sent()).toEqual(["live-1"]);
});

test("a page in test mode sends test tokens only, and gets one for many requests", async () => {
  vi.stubGlobal("fetch", server());
  const page = await openPage("test");
  await Promise.all([read(page), read(page), read(page)]);
  expect(page.isTestMode).toBe(true);
  expect(sent()).toEqual(["test-1", "test-1", "test-1"]);
});

test("a refused test token is replaced by another test token", async () => {
  vi.stubGlobal("fetch", server(["test-1"]));
  const page = await openPage("test");
  await read(page);
  expect(sent()).toEqual(["test-1", "test-2"]);
});

test("if test mode can't be started, nothing is sent in live mode instead", async () => {
  const fetched = server();
  vi.stubGlobal("fetch", async (given: Request | string, init?: RequestInit) =>
    String(given) === "/api/test-mode/tokens"
      ? Response.json({ code: "unavailable", detail: "Try again." }, { status: 503 })
      : fetched(given, init),
  );
  const page = await openPage("test");
  await expect(read(page)).rejects.toMatchObject({ status: 503 });
  expect(sent()).toEqual([]);
});

test("a new tab has the mode that was chosen last, and an open tab keeps its own", async () => {
  vi.stubGlobal("fetch", server());
  localStorage.setItem("smsblaster-mode", "test");
  expect((await openPage(null)).isTestMode).toBe(true);
  localStorage.setItem("smsblaster-mode", "live");
  expect((await openPage(null)).isTestMode).toBe(true);
});

test("a session that ended before the page was opened leaves test mode as it is", async () => {
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 401 }));
  localStorage.setItem("smsblaster-mode", "test");
  const page = await openPage("test");
  page.leaveTestModeAtSignOut();
  expect(await page.accessToken()).toBeNull();
  expect(page.sessionState().status).toBe("signed_out");
  expect((await openPage(null)).isTestMode).toBe(true);
});

test("after a sign-out in a live tab a new tab is in live mode", async () => {
  vi.stubGlobal("fetch", server());
  const page = await openPage(null);
  localStorage.setItem("smsblaster-mode", "test");
  page.leaveTestModeAtSignOut();
  await page.accessToken();
  await page.signOut();
  sessionStorage.clear();
  expect((await openPage(null)).isTestMode).toBe(false);
});

test("a sign-out leaves test mode", async () => {
  vi.stubGlobal("fetch", server());
  const reload = vi.fn();
  vi.stubGlobal("location", { origin: location.origin, reload });
  const page = await openPage("test");
  page.leaveTestModeAtSignOut();
  await page.accessToken();
  await page.signOut();
  expect(reload).toHaveBeenCalledTimes(1);
  expect((await openPage(null)).isTestMode).toBe(false);
});
