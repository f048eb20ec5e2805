/**
 * The sign-in of this browser. The access token is only in memory; the refresh token is in a cookie
 * that scripts can't read. All tabs share one session: one tab refreshes the token and sends it to
 * the others.
 */
import type { Session, SignInResponse, User } from "@generated/api";
import { noAnswer, problemOf } from "./problem";

export type SessionState =
  /** It is not known yet whether there is a session. */
  | { status: "unknown" }
  | { status: "signed_out" }
  | { status: "signed_in"; user: User }
  /** The session ended while somebody was working. The page stays, covered by a sign-in dialog. */
  | { status: "expired"; user: User };

type News =
  | { kind: "session"; session: Session; at: number }
  | { kind: "signed_out" }
  | { kind: "ended" };

const LOCK = "smsblaster-session";
/** The stored mark that this browser may have a session. Without it, the server is not asked. */
const HINT = "smsblaster-has-session";
const COOKIE_SESSION = { "Content-Type": "application/json", "X-Session": "cookie" };
/**
 * Milliseconds before the token expires at which it is refreshed, so that it does not expire during
 * a request.
 */
const EARLY_MS = 20_000;

let state: SessionState = { status: "unknown" };
let token: { value: string; expiresAt: number } | null = null;
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();
const otherTabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);

/** Return the state of the session. */
export const sessionState = (): SessionState => state;

/** Call `listener` whenever the state changes. Returns a function that stops it. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Return a valid access token, refreshed if needed, or null if there is no session. */
export async function accessToken(): Promise<string | null> {
  if (token && token.expiresAt - EARLY_MS > Date.now()) return token.value;
  return (await refresh()) ? (token?.value ?? null) : null;
}

/** Forget an access token that the API refused, so that the next call refreshes it. */
export function forgetToken(refused: string): void {
  if (token?.value === refused) token = null;
}

/** Return the session of a sign-in, or null if it waits for a code. */
export function sessionOf(answer: SignInResponse | undefined): Session | null {
  if (!answer) return null;
  const { accessToken, refreshToken, expiresIn, user, sessionEndsAt } = answer;
  if (!user || accessToken === null || expiresIn === null || sessionEndsAt === null) return null;
  return { accessToken, refreshToken, expiresIn, user, sessionEndsAt };
}

/**
 * Start a session after a sign-in. If another user was signed in, the page is reloaded to remove
 * their data.
 */
export function startSession(session: Session): void {
  const before = state;
  keep(session, Date.now());
  tell({ kind: "session", session, at: Date.now() });
  if ("user" in before && before.user.id !== session.user?.id) location.reload();
}

/** End the session in this browser and at the server. */
export async function signOut(): Promise<void> {
  await endAtServer();
  drop({ status: "signed_out" });
  tell({ kind: "signed_out" });
}

/**
 * End the session at the server, and cover the page with a sign-in dialog in all tabs. Nothing that
 * was typed is lost.
 */
export async function lockSession(): Promise<void> {
  await endAtServer();
  end();
  tell({ kind: "ended" });
}

/**
 * End the session at the server. The browser's mark goes first: if the server does not answer, its
 * cookie is still valid, but must not sign anybody in again without a password.
 */
async function endAtServer(): Promise<void> {
  await locked(async () => {
    localStorage.removeItem(HINT);
    await fetch("/api/auth/logout", { method: "POST", headers: COOKIE_SESSION, body: "{}" });
  }).catch(() => undefined);
}

/** Refresh the access token. Resolves to whether this browser has a session. */
export async function refresh(): Promise<boolean> {
  refreshing ??= refreshOnce().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refreshOnce(): Promise<boolean> {
  const askedAt = Date.now();
  return locked(async () => {
    // The session may have been ended while this waited for its turn.
    if (localStorage.getItem(HINT) === null) {
      end();
      return false;
    }
    // Another tab may have refreshed the token while this one waited for its turn.
    if (token && receivedAt > askedAt) return true;
    const response = await sendRefresh();
    if (response.ok) {
      const session = (await response.json()) as Session;
      keep(session, Date.now());
      tell({ kind: "session", session, at: Date.now() });
      return true;
    }
    if (response.status !== 401) throw await problemOf(response);
    end();
    return false;
  });
}

async function sendRefresh(): Promise<Response> {
  try {
    return await fetch("/api/auth/refresh", {
      method: "POST",
      headers: COOKIE_SESSION,
      body: "{}",
    });
  } catch {
    throw noAnswer();
  }
}

let receivedAt = 0;

function keep(session: Session, at: number): void {
  receivedAt = at;
  localStorage.setItem(HINT, "yes");
  token = { value: session.accessToken, expiresAt: Date.now() + session.expiresIn * 1000 };
  change({ status: "signed_in", user: session.user });
}

/**
 * End the session on this page. If a user was signed in, the page stays, so that nothing is lost.
 */
function end(): void {
  const worked = state.status === "signed_in" || state.status === "expired" ? state.user : null;
  drop(worked ? { status: "expired", user: worked } : { status: "signed_out" });
}

function drop(next: SessionState): void {
  token = null;
  if (next.status === "signed_out") localStorage.removeItem(HINT);
  change(next);
}

function change(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

function tell(news: News): void {
  otherTabs?.postMessage(news);
}

function locked<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(LOCK, work) as Promise<T>) : work();
}

function hear(news: News): void {
  if (news.kind === "session") {
    const changed = "user" in state && state.user.id !== news.session.user?.id;
    if (changed) location.reload();
    else keep(news.session, news.at);
  } else if (news.kind === "signed_out") {
    drop({ status: "signed_out" });
  } else {
    end();
  }
}

otherTabs?.addEventListener("message", (event: MessageEvent<News>) => hear(event.data));
