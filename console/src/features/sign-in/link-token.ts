import { useState } from "react";

/**
 * Return the token of a mailed link, and take it out of the address at once, so that it stays
 * neither in the history nor in a screenshot.
 */
export function useLinkToken(inAddress: string | undefined): string | undefined {
  const [token] = useState(inAddress);
  if (location.search.includes("token="))
    history.replaceState(history.state, "", location.pathname);
  return token;
}
