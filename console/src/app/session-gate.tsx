import { Center, Loader, Modal } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { watchIdle } from "@/client/idle";
import { asProblem, type Problem } from "@/client/problem";
import { isOperator } from "@/client/roles";
import { lockSession, refresh } from "@/client/session";
import { useSession } from "@/client/use-session";
import { SignInForm } from "@/features/sign-in/sign-in-form";
import { Redirect } from "@/shared/redirect";
import { Failing } from "@/shared/states";
import { Shell } from "./shell";

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
    return (
      <Center h="100vh">
        {problem.current ? (
          <Failing problem={problem.current} onRetry={problem.retry} />
        ) : (
          <Loader aria-label="Loading" />
        )}
      </Center>
    );
  }
  return (
    <>
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
        <SignInForm email={session.user.email} />
      </Modal>
    </>
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
