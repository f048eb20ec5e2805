import { Center, Loader, Modal } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { watchIdle } from "@/client/idle";
import { asProblem, type Problem } from "@/client/problem";
import { isOperator } from "@/client/roles";
import { lockSession, refresh } from "@/client/session";
import { useSession } from "@/client/use-session";
import { Redirect } from "@/shared/redirect";
import { Failing } from "@/shared/states";

// Loaded while the session is asked for, because the first visit, a sign-in, needs none of it. The
// sign-in over the page comes along: when it is needed, a deploy may have removed its part.
const loadShell = () => import("./shell");
const loadSignIn = () => import("@/features/sign-in/sign-in-form");
const Shell = lazy(async () => ({ default: (await loadShell()).Shell }));
const SignInForm = lazy(async () => ({ default: (await loadSignIn()).SignInForm }));

/**
 * Shows the screens to who is signed in. If the session ends meanwhile, a sign-in stands over the
 * page, so that nothing typed is lost.
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
      <Modal
        opened={session.status === "expired"}
        onClose={() => undefined}
        withCloseButton={false}
        closeOnEscape={false}
        closeOnClickOutside={false}
        title="Your session ended. Sign in to continue."
      >
        <Suspense>
          <SignInForm email={session.user.email} />
        </Suspense>
      </Modal>
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

/** Go to the sign-in, and from there back to the screen that was asked for. */
function ToSignIn() {
  const router = useRouter();
  // The address changes while this is still on the page: only the first one was asked for.
  const [href] = useState(router.state.location.href);
  return <Redirect href={`/sign-in?next=${encodeURIComponent(href)}`} />;
}

/** Ask once for a session when the page is opened. A failure can be tried again. */
function useFirstRefresh(isNeeded: boolean) {
  const [current, setCurrent] = useState<Problem | null>(null);
  const ask = () => {
    setCurrent(null);
    void Promise.allSettled([loadShell(), loadSignIn()]);
    refresh().catch((error) => setCurrent(asProblem(error)));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the page is opened
  useEffect(() => {
    if (isNeeded) ask();
  }, [isNeeded]);
  return { current, retry: ask };
}

/** An operator's session can do much, so it ends after half an hour without any input. */
function OperatorIdle() {
  const session = useSession();
  const isWatched = session.status === "signed_in" && isOperator(session.user);
  useEffect(() => {
    if (isWatched) return watchIdle(() => void lockSession());
  }, [isWatched]);
  return null;
}
