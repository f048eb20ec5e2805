/**
 * The live stream. Its hints say what may have changed, and the page fetches that again. All tabs
 * of a browser share one stream: the tab that holds a lock opens it, and passes the hints on to the
 * others.
 */
import type { QueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { gatherHints } from "./hints";
import { isTestMode } from "./mode";
import { asProblem } from "./problem";
import { onSessionChange, sessionState } from "./session";

/** `live` while changes are received at once. Otherwise screens poll for changes. */
export type LiveState = "connecting" | "live" | "reconnecting";

interface Hint {
  topic: string;
  id: string | null;
}

type News =
  | { kind: "hint"; hint: Hint }
  | { kind: "resync" }
  | { kind: "state"; state: LiveState }
  /** A tab that was just opened asks for the state. */
  | { kind: "asked" };

/** The tabs of one mode share a stream: what changes in test mode does not change in live mode. */
const NAME = isTestMode ? "smsblaster-stream-test" : "smsblaster-stream";
const SILENT_MS = 45_000;
const HIDDEN_MS = 5 * 60_000;
/**
 * How often everything that is shown is polled while there is no stream. Only screens that must be
 * fresher have a shorter interval of their own (`useInterval`); what it has just loaded is not old.
 */
const POLL_MS = 20_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** The requests that a hint of each topic makes stale, by the beginning of their paths. */
const PATHS: Record<string, readonly string[]> = {
  balance: ["/api/billing", "/api/dashboard"],
  campaign: ["/api/campaigns", "/api/dashboard"],
  contact: ["/api/contacts", "/api/contact-lists"],
  contact_list: ["/api/contact-lists", "/api/contacts"],
  conversation: ["/api/messages", "/api/dashboard"],
  event: ["/api/events"],
  event_message: ["/api/events"],
  export: ["/api/history/exports"],
  import: ["/api/contacts"],
  message: ["/api/campaigns", "/api/dashboard"],
  notification: ["/api/notifications"],
  number: ["/api/twilio"],
  registration: ["/api/a2p", "/api/dashboard"],
  scheduled_send: ["/api/sms", "/api/scheduled"],
  template: ["/api/templates"],
};

let state: LiveState = "connecting";
/** Whether this tab holds the lock, and so opens the stream for all tabs. */
let isLeading = false;
const listeners = new Set<() => void>();
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);

/** Return the state of the live stream. */
export const liveState = (): LiveState => state;

/** Call `listener` whenever this state changes. Returns a function that stops it. */
export function onLiveChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Return whether a hint of `topic` makes a query stale. Only reads become stale. A quote, which is
 * a POST, does not: it may take the server many seconds, and its price is checked again when it is
 * used.
 */
export function isStaleBy(topic: string, key: readonly unknown[]): boolean {
  const path = key[1];
  const paths = PATHS[topic] ?? [];
  return isRead(key) && typeof path === "string" && paths.some((start) => path.startsWith(start));
}

const isRead = (key: readonly unknown[]): boolean => key[0] === "get";

/** Listen to the stream while somebody is signed in, and mark changed queries as stale. */
export function listenToStream(queryClient: QueryClient): void {
  const take = gatherHints((topics) => {
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => [...topics].some((topic) => isStaleBy(topic, queryKey)),
    });
  });
  const hear = (news: News) => {
    if (news.kind === "state") change(news.state);
    else if (news.kind === "asked") {
      if (isLeading) tabs?.postMessage({ kind: "state", state } satisfies News);
    } else if (news.kind === "resync") {
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => isRead(queryKey) });
    } else take(news.hint.topic);
  };
  tabs?.addEventListener("message", (event: MessageEvent<News>) => hear(event.data));
  tabs?.postMessage({ kind: "asked" } satisfies News);
  const tell = (news: News) => {
    hear(news);
    tabs?.postMessage(news);
  };
  let leading: AbortController | null = null;
  const follow = () => {
    const isWanted = sessionState().status === "signed_in" && !isLongHidden();
    if (isWanted && !leading) {
      leading = new AbortController();
      void lead(leading.signal, tell);
    } else if (!isWanted && leading) {
      leading.abort();
      leading = null;
    }
  };
  onSessionChange(follow);
  document.addEventListener("visibilitychange", () => {
    hiddenSince = document.hidden ? Date.now() : null;
    follow();
  });
  setInterval(follow, HIDDEN_MS / 5);
  setInterval(() => pollWithoutStream(queryClient), POLL_MS);
  follow();
}

/** Load again what is on the screen and old, if no hint would tell of a change. */
function pollWithoutStream(queryClient: QueryClient): void {
  if (state === "live" || document.hidden || sessionState().status !== "signed_in") return;
  void queryClient.refetchQueries(
    { type: "active", stale: true, predicate: ({ queryKey }) => isRead(queryKey) },
    { cancelRefetch: false },
  );
}

let hiddenSince: number | null = null;

function isLongHidden(): boolean {
  return hiddenSince !== null && Date.now() - hiddenSince > HIDDEN_MS;
}

function change(next: LiveState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Wait for the lock, then keep a stream open until `signal` is aborted. */
async function lead(signal: AbortSignal, tell: (news: News) => void): Promise<void> {
  const work = async () => {
    isLeading = true;
    await keepOpen(signal, tell);
    isLeading = false;
  };
  await (navigator.locks ? navigator.locks.request(NAME, { signal }, work) : work()).catch(
    () => undefined,
  );
}

async function keepOpen(signal: AbortSignal, tell: (news: News) => void): Promise<void> {
  let lastEventId = "";
  let failures = 0;
  while (!signal.aborted) {
    let wait = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
    try {
      const address = await streamAddress(lastEventId);
      const end = await listen(address, signal, tell);
      lastEventId = end.lastEventId;
      failures = end.wasOpen ? 0 : failures + 1;
      wait = end.afterMilliseconds ?? wait;
      if (signal.aborted) return;
      if (end.isOver) {
        tell({ kind: "state", state: "reconnecting" });
        return;
      }
    } catch (error) {
      if (asProblem(error).status === 401) return;
      failures += 1;
    }
    tell({ kind: "state", state: "reconnecting" });
    await pause(wait * (0.5 + Math.random()), signal);
  }
}

async function streamAddress(lastEventId: string): Promise<string> {
  const { data } = await api.POST("/api/stream/tickets");
  if (!data) throw new Error("The ticket of the stream is missing.");
  const address = new URL(data.url, location.origin);
  address.searchParams.set("ticket", data.ticket);
  if (lastEventId) address.searchParams.set("lastEventId", lastEventId);
  return address.href;
}

interface End {
  lastEventId: string;
  wasOpen: boolean;
  /** Milliseconds to wait before the stream is opened again, if the server asks for that. */
  afterMilliseconds?: number;
  /** Whether the stream must not be opened again with this session. */
  isOver?: boolean;
}

/** Listen to one stream until it ends, breaks or is silent for too long. */
function listen(address: string, signal: AbortSignal, tell: (news: News) => void): Promise<End> {
  return new Promise((resolve) => {
    const source = new EventSource(address);
    const end: End = { lastEventId: "", wasOpen: false };
    let alarm: ReturnType<typeof setTimeout>;
    const finish = (more: Partial<End> = {}) => {
      clearTimeout(alarm);
      source.close();
      resolve({ ...end, ...more });
    };
    const heard = () => {
      clearTimeout(alarm);
      alarm = setTimeout(finish, SILENT_MS);
    };
    const on = <T>(name: string, act: (content: T) => void) =>
      source.addEventListener(name, (event: MessageEvent<string>) => {
        heard();
        if (event.lastEventId) end.lastEventId = event.lastEventId;
        act(JSON.parse(event.data) as T);
      });
    source.onopen = () => {
      end.wasOpen = true;
      heard();
      tell({ kind: "state", state: "live" });
    };
    source.onerror = () => finish();
    on<Hint>("hint", (hint) => tell({ kind: "hint", hint }));
    on("resync", () => tell({ kind: "resync" }));
    on<{ afterMilliseconds: number }>("reconnect", (content) => finish(content));
    on("heartbeat", () => undefined);
    on("end", () => finish({ isOver: true }));
    signal.addEventListener("abort", () => finish({ isOver: true }));
    heard();
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
