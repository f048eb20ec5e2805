import type { Session } from "@generated/api";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "@/client/problem";
import { startSession } from "@/client/session";
import { departureOf } from "@/shared/send-later";
import type { Thread } from "./thread";
import { useReply } from "./use-reply";
import type { ThreadOnPage } from "./use-thread";

const IN_A_WEEK = new Date(Date.now() + 7 * 24 * 3_600_000).toISOString().slice(0, 16);
const LATER = { isLater: true, local: IN_A_WEEK, respectQuietHours: true };
const SESSION: Session = {
  accessToken: "t1",
  refreshToken: null,
  expiresIn: 900,
  user: { id: "u1", email: "ann@example.com", name: "Ann", orgId: "o1", roles: ["owner"] },
  sessionEndsAt: "2099-12-31T00:00:00Z",
};
const EMPTY: Thread = { items: [], olderCursor: null };
const PAGE = {
  thread: { data: EMPTY },
  renew: async () => EMPTY,
  add: () => undefined,
} as unknown as ThreadOnPage;

/** Open a conversation as a newly loaded page does. */
function open(contactId = "c1") {
  const cache = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={cache}>{children}</QueryClientProvider>
  );
  return renderHook(() => useReply(contactId, PAGE), { wrapper });
}

beforeEach(() => {
  localStorage.clear();
  startSession(SESSION);
});

test("a time that was chosen for an answer is still chosen after a reload", () => {
  const before = open();
  act(() => before.result.current.setMessage("See you"));
  act(() => before.result.current.setDeparture(LATER));
  before.unmount();
  expect(open().result.current).toMatchObject({ message: "See you", departure: LATER });
  expect(open("c2").result.current.departure.isLater).toBe(false);
});

test("a scheduled answer whose response was lost is the same request after a reload", async () => {
  const sent: { key: string | null; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
    if (sent.length === 1) throw new TypeError("Failed to fetch");
    return Response.json({ id: "m1" });
  });
  const before = open();
  act(() => before.result.current.setMessage("See you"));
  act(() => before.result.current.setDeparture(LATER));
  await expect(press(before.result.current)).rejects.toThrow(Problem);
  before.unmount();
  const { result } = open();
  await press(result.current);
  expect(sent).toHaveLength(2);
  expect(sent[1]).toEqual(sent[0]);
  expect(sent[0]?.body).toHaveProperty("sendAt");
  expect(result.current).toMatchObject({ message: "", departure: { isLater: false } });
  expect(open().result.current.departure.isLater).toBe(false);
});

test("an answer is sent from the chosen number, and the next one from the default again", async () => {
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    bodies.push(await request.json());
    return Response.json({ id: `m${bodies.length}` });
  });
  const before = open();
  act(() => before.result.current.setFrom("+14155550101"));
  before.unmount();
  const { result } = open();
  act(() => result.current.setMessage("See you"));
  await press(result.current);
  act(() => result.current.setMessage("And bring a friend"));
  await press(result.current);
  expect(bodies).toEqual([
    { contactId: "c1", message: "See you", from: "+14155550101" },
    { contactId: "c1", message: "And bring a friend" },
  ]);
  expect(open("c2").result.current.from).toBe("");
});

/** Send the reply as the button does. */
async function press({ message, departure, from, send }: ReturnType<typeof useReply>) {
  const when = departureOf(departure, "UTC");
  if (when === null) throw new Error("The time can't be used.");
  await act(async () => {
    await send.mutateAsync({ text: message, when, from });
  });
}
