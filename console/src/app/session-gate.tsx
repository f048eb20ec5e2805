import { Center, Loader } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { watchIdle } from "@/client/idle";
import { asProblem, type Problem } from "@/client/problem";
import { isOperator } from "@/client/roles";
import { lockSession, refresh } from "@/client/session";
import { useSession } from "@/client/use-session";
import { Redirect } from "@/shared/redirect";
import { Failing } from "@/shared/states";

// Loaded while the session is requested, because a first visit shows only the sign-in. The sign-in
// dialog is loaded too: when it is needed later, a deploy may have removed its file.
const loadShell = () => import("./shell");
const loadSignIn = () => import("@/features/sign-in/sign-in-dialog");
const Shell = lazy(async () => ({ default: (await loadShell()).Shell }));
const SignInDialog = lazy(async () => ({ default: (await loadSignIn()).SignInDialog }));

/**
 * Shows the screens to signed-in users. If the session ends, a sign-in dialog covers the page, so
 * that nothing that was typed is lost.
 */
export function SessionGate() {
  const session = useSession();
  const problem = useFirstRefresh(session.status === "unknown");
  if (session.status === "signed_out") {
    return <ToSignIn />;
  }
  if (session.status === "unknown") {
    return problem.current ? (
      <Center h="100vh">
        <Failing problem={problem.current} onRetry={problem.retry} />
      </Center>
    ) : (
      <Waiting />
    );
  }
  return (
    <Suspense fallback={<Waiting />}>
      <Shell />
      <OperatorIdle />
      <Suspense>
        <SignInDialog isOpen={session.status === "expired"} email={session.user.email} />
      </Suspense>
    </Suspense>
  );
}

function Waiting() {
  return (
    <Center h="100vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

/** Go to the sign-in, and from there back to the requested screen. */
function ToSignIn() {
  const router = useRouter();
  // The URL changes while this component is still mounted; only the first one is the requested one.
  const [href] = useState(router.state.location.href);
  return <Redirect href={`/sign-in?next=${encodeURIComponent(href)}`} />;
}

/** Request the session once, when the page is opened. After a failure it can be tried again. */
function useFirstRefresh(isNeeded: boolean) {
  const [current, setCurrent] = useState<Problem | null>(null);
  const ask = () => {
    setCurrent(null);
    void Promise.allSettled([loadShell(), loadSignIn()]);
    refresh().catch((error) => setCurrent(asProblem(error)));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once, when the page is opened
  useEffect(() => {
    if (isNeeded) ask();
  }, [isNeeded]);
  return { current, retry: ask };
}

/** Ends an operator's session after half an hour without input, because it has many rights. */
function OperatorIdle() {
  const session = useSession();
  const isWatched = session.status === "signed_in" && isOperator(session.user);
  useEffect(() => {
    if (isWatched) return watchIdle(() => void lockSession());
  }, [isWatched]);
  return null;
}
