import { useState } from "react";
import { Overtaken, type Shown } from "./versions";

/**
 * The stored values with which a form began, or null for a new object.
 *
 * It also says how the form continues after a colleague has changed the same fields.
 */
export function useBase<Values>(shown: Shown<Values> | null) {
  const [base, setBase] = useState(shown);
  return {
    base,
    /** Begin again, with what is stored now. */
    begin: setBase,
    /**
     * Continue with the values that the colleague has stored. What was typed here is discarded.
     */
    take: ({ latest }: Overtaken<Values>) => setBase(latest),
    /** Return the base for the next attempt, which overwrites what the colleague has stored. */
    over: ({ latest }: Overtaken<Values>): Shown<Values> => {
      const next = { version: latest.version, values: (base ?? latest).values };
      setBase(next);
      return next;
    },
  };
}

/** Return the error if it says that a colleague has changed the same fields, else null. */
export function conflictOf<Values>(error: Error | null): Overtaken<Values> | null {
  return error instanceof Overtaken ? error : null;
}
