import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

/** Go to another address of this page, once, in the place of the present one. */
export function Redirect({ href }: { href: string }) {
  const router = useRouter();
  useEffect(() => {
    router.history.replace(href);
  }, [router, href]);
  return null;
}
