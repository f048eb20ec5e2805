import { Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useCountdown } from "./countdown";

const AGAIN_AFTER_SECONDS = 60;

/** Send the caller another mail with a link that verifies the address, once a minute. */
export function SendVerification() {
  const intent = useIntent();
  const send = useMutation({
    mutationFn: async () => api.POST("/api/auth/send-verify", { headers: intent.headers("send") }),
    onSuccess: () => intent.done(),
  });
  const sendOnce = useSingle(send);
  const problem = send.error ? asProblem(send.error) : null;
  const pause = problem ? (problem.retryAfter ?? 0) : send.isSuccess ? AGAIN_AFTER_SECONDS : 0;
  const wait = useCountdown(pause, send.submittedAt);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={send.isPending}
        disabled={wait > 0}
        onClick={() => sendOnce()}
      >
        {wait > 0 ? `Send it again in ${inWords(wait)}` : "Send the email again"}
      </Button>
      <Text component="span" size="sm" role="status">
        {problem ? problem.message : send.isSuccess && "Sent."}
      </Text>
    </>
  );
}

function inWords(seconds: number): string {
  return seconds > 90 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`;
}
