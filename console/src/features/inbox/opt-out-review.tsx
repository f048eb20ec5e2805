import type { Conversation } from "@generated/api";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";

type Decision = "opt_out" | "dismiss";

/** The question whether a message is an opt-out, with a button for each answer. */
export function OptOutReview({ conversation }: { conversation: Conversation }) {
  const { contactId, optOutReviewSince } = conversation;
  const cache = useQueryClient();
  const decide = useMutation({
    mutationFn: async (decision: Decision) =>
      api.POST("/api/messages/threads/{contactId}/opt-out-review", {
        params: { path: { contactId } },
        body: { decision },
      }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts/{id}"] });
    },
  });
  const decideOnce = useSingle(decide);
  if (optOutReviewSince === null) return null;
  return (
    <Alert
      color="orange"
      icon={<CircleHelp aria-hidden />}
      title="Does this person want no more texts?"
      radius={0}
    >
      <Stack gap="xs">
        <Text size="sm">
          One of their messages may be an opt-out. No campaign texts them until you decide.
        </Text>
        {decide.error && (
          <Text size="sm" role="alert">
            {asProblem(decide.error).message}
          </Text>
        )}
        <Group gap="xs">
          <Button size="xs" loading={decide.isPending} onClick={() => decideOnce("opt_out")}>
            Yes, opt them out
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={decide.isPending}
            onClick={() => decideOnce("dismiss")}
          >
            No, go on texting
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
