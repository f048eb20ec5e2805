import { useEffect, useState } from "react";

/** Return the seconds that are left of `seconds` since the time `from` (milliseconds). */
export function useCountdown(seconds: number, from: number): number {
  const left = () => Math.max(0, Math.ceil(seconds - (Date.now() - from) / 1000));
  const [remaining, setRemaining] = useState(left);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `left` is computed from the two others
  useEffect(() => {
    setRemaining(left());
    if (seconds === 0) return;
    const timer = setInterval(() => setRemaining(left()), 500);
    return () => clearInterval(timer);
  }, [seconds, from]);
  return remaining;
}
