import { useState } from "react";

/**
 * Return the token of a mailed link, and remove it from the URL at once, so that it is not visible
 * in the browser's history or in a screenshot.
 */
export function useLinkToken(inAddress: string | undefined): string | undefined {
  const [token] = useState(inAddress);
  if (location.search.includes("token="))
    history.replaceState(history.state, "", location.pathname);
  return token;
}
