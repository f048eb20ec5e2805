import type { Session } from "@generated/api";
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startSession } from "@/client/session";
import { useDraft, useDraftIntent } from "./drafts";

const SESSION: Session = {
  accessToken: "t1",
  refreshToken: null,
  expiresIn: 900,
  user: { id: "u1", email: "ann@example.com", name: "Ann", orgId: "o1", roles: ["owner"] },
  sessionEndsAt: "2099-12-31T00:00:00Z",
};
const ORDER = { message: "Hello", to: "x".repeat(60) };

/** Open a form as a newly loaded page does. */
function open() {
  const { result } = renderHook(() => ({
    draft: useDraft("form", ""),
    intent: useDraftIntent("form"),
  }));
  return result;
}

/** Let the browser's storage have room for so many characters. */
function limitStorage(characters: number) {
  const stored = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    removeItem: (key: string) => stored.delete(key),
    setItem: (key: string, value: string) => {
      const others = [...stored].filter(([other]) => other !== key);
      const used = others.reduce((sum, [, other]) => sum + other.length, 0);
      if (used + value.length > characters) throw new DOMException("full", "QuotaExceededError");
      stored.set(key, value);
    },
  });
}

beforeEach(() => {
  localStorage.clear();
  startSession(SESSION);
});
afterEach(() => vi.unstubAllGlobals());

test("after a reload, the same order has the same key", () => {
  const key = open().current.intent.headers(ORDER);
  expect(open().current.intent.headers(ORDER)).toEqual(key);
});

test("if there is no room for the draft and its intent, the intent is stored", () => {
  limitStorage(260);
  const before = open();
  act(() => before.current.draft[1]("y".repeat(200)));
  expect(open().current.draft[0]).toBe("y".repeat(200));
  const key = before.current.intent.headers(ORDER);
  expect(open().current.draft[0]).toBe("");
  expect(open().current.intent.headers(ORDER)).toEqual(key);
});

test("if there is no room at all, the key is the same as long as the page is open", () => {
  limitStorage(10);
  const { intent } = open().current;
  const key = intent.headers(ORDER);
  expect(intent.headers(ORDER)).toEqual(key);
  intent.done();
  expect(intent.openContent()).toBeNull();
  expect(intent.headers(ORDER)).not.toEqual(key);
});
