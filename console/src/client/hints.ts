/** The shortest time between two reloads that hints cause, in milliseconds. */
const PAUSE_MS = 2_000;

/**
 * Return a function that takes the topics of hints, and passes them on together: the first one at
 * once, those of the next two seconds after them. During a campaign the server sends many hints, and
 * each one makes the page load several things again.
 */
export function gatherHints(pass: (topics: ReadonlySet<string>) => void, pauseMs = PAUSE_MS) {
  let waiting = new Set<string>();
  let isPausing = false;
  const next = () => {
    const topics = waiting;
    waiting = new Set();
    isPausing = topics.size > 0;
    if (!isPausing) return;
    pass(topics);
    setTimeout(next, pauseMs);
  };
  return (topic: string): void => {
    waiting.add(topic);
    if (!isPausing) next();
  };
}
