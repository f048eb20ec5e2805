import { useState } from "react";
import { Overtaken, type Shown } from "./versions";

/**
 * What a form for something that is stored began with, or null for a new thing, and how it goes on
 * after a colleague was faster.
 */
export function useBase<Values>(shown: Shown<Values> | null) {
  const [base, setBase] = useState(shown);
  return {
    base,
    /** Begin again, with what is stored now. */
    begin: setBase,
    /** Go on from what the colleague has stored. What was typed here is given up. */
    take: ({ latest }: Overtaken<Values>) => setBase(latest),
    /** Return the base with which the next attempt changes what the colleague has stored. */
    over: ({ latest }: Overtaken<Values>): Shown<Values> => {
      const next = { version: latest.version, values: (base ?? latest).values };
      setBase(next);
      return next;
    },
  };
}

/** Return the error of a form if a colleague was faster, else null. */
export function conflictOf<Values>(error: Error | null): Overtaken<Values> | null {
  return error instanceof Overtaken ? error : null;
}
