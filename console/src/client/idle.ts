/**
 * Notices half an hour without any input, to end sessions that have many rights. Input in any tab
 * of the browser counts.
 */
const IDLE_MS = 30 * 60_000;
const CHECK_MS = 15_000;
const TELL_MS = 5_000;
const INPUTS = ["pointerdown", "keydown", "wheel", "touchstart"] as const;
const NAME = "smsblaster-activity";

/**
 * Call `onIdle` once, when nothing has been typed or pressed for half an hour. Returns a function
 * that stops watching.
 */
export function watchIdle(onIdle: () => void): () => void {
  const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
  let lastInput = Date.now();
  let lastTold = 0;
  const note = () => {
    lastInput = Date.now();
    if (lastInput - lastTold < TELL_MS) return;
    lastTold = lastInput;
    tabs?.postMessage(null);
  };
  const hear = () => {
    lastInput = Date.now();
  };
  const check = () => {
    if (Date.now() - lastInput < IDLE_MS) return;
    stop();
    onIdle();
  };
  const stop = () => {
    clearInterval(timer);
    tabs?.close();
    for (const input of INPUTS) window.removeEventListener(input, note, true);
    document.removeEventListener("visibilitychange", check);
  };
  const timer = setInterval(check, CHECK_MS);
  tabs?.addEventListener("message", hear);
  for (const input of INPUTS)
    window.addEventListener(input, note, { capture: true, passive: true });
  // While the computer was asleep, the timer did not run, so check now.
  document.addEventListener("visibilitychange", check);
  return stop;
}
