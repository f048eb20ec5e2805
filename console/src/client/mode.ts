/**
 * The mode of this tab: live, or test mode, in which nothing is sent and nothing is charged.
 *
 * It never changes while a page is open, so that no request can go to the other mode than the one
 * that the page shows. Switching loads the page again. In test mode every request has a token that
 * the API accepts for test mode only; the live token of the session never leaves this file.
 */
import { noAnswer, problemOf } from "./problem";
import { accessToken, forgetToken, onSessionChange, sessionState } from "./session";

const KEY = "smsblaster-mode";
const TEST = "test";
/** Milliseconds before the token expires at which it is replaced. */
const EARLY_MS = 20_000;

/** A new tab has the mode that was chosen last; an open one keeps its own. */
const chosen = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? "live";
sessionStorage.setItem(KEY, chosen);

/** Whether this tab is in test mode. */
export const isTestMode = chosen === TEST;

interface TestToken {
  value: string;
  expiresAt: number;
  /** The live token that it was issued for. */
  liveToken: string;
}

let testToken: TestToken | null = null;
let starting: Promise<TestToken> | null = null;

/** Switch to the other mode: keep the choice, and load the start page in it. */
export function switchMode(): void {
  keep(isTestMode ? "live" : TEST);
  location.assign("/");
}

/** Return the access token of this tab's mode, or null if there is no session. */
export async function tokenOfMode(): Promise<string | null> {
  const live = await accessToken();
  if (live === null || !isTestMode) return live;
  const isGood = testToken?.liveToken === live && testToken.expiresAt - EARLY_MS > Date.now();
  if (testToken && isGood) return testToken.value;
  starting ??= start(live).finally(() => {
    starting = null;
  });
  testToken = await starting;
  return testToken.value;
}

/** Forget a token that the API refused, so that the next call gets another one. */
export function forgetRefused(refused: string): void {
  if (testToken?.value === refused) {
    forgetToken(testToken.liveToken);
    testToken = null;
  } else {
    forgetToken(refused);
  }
}

/**
 * After a sign-out in this tab or in another one, the next sign-in is in live mode. A session that
 * has ended by itself changes nothing: who signs in again continues in the mode that was shown.
 */
export function leaveTestModeAtSignOut(): void {
  let before = sessionState().status;
  onSessionChange(() => {
    const now = sessionState().status;
    const isSignOut = now === "signed_out" && before !== "unknown" && before !== "signed_out";
    before = now;
    if (!isSignOut) return;
    keep("live");
    if (isTestMode) location.reload();
  });
}

function keep(mode: string): void {
  sessionStorage.setItem(KEY, mode);
  localStorage.setItem(KEY, mode);
}

async function start(liveToken: string): Promise<TestToken> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${liveToken}` };
  const response = await fetch("/api/test-mode/tokens", {
    method: "POST",
    headers,
    body: "{}",
  }).catch(() => {
    throw noAnswer();
  });
  if (!response.ok) {
    if (response.status === 401) forgetToken(liveToken);
    throw await problemOf(response);
  }
  const answer = (await response.json()) as { accessToken: string; expiresIn: number };
  return {
    value: answer.accessToken,
    expiresAt: Date.now() + answer.expiresIn * 1000,
    liveToken,
  };
}
