import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

/** Go to another URL of the console, once, and replace the current one in the history. */
export function Redirect({ href }: { href: string }) {
  const router = useRouter();
  useEffect(() => {
    router.history.replace(href);
  }, [router, href]);
  return null;
}
