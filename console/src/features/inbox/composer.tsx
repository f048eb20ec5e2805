import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useQuote } from "@/features/send/use-quote";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import styles from "./inbox.module.css";

interface Props {
  contactId: string;
  /** Why this person can't be texted, or null. */
  refusal: string | null;
}

const NO_NUMBERS: string[] = [];

/** The box for an answer. Each conversation has its own draft. */
export function Composer({ contactId, refusal }: Props) {
  const [message, setMessage, forget] = useDraft(`reply:${contactId}`, "");
  const { quote, isStale } = useQuote(message, NO_NUMBERS);
  const reply = useReply(contactId, forget);
  const replyOnce = useSingle(reply);
  const canSend = refusal === null && message.trim() !== "" && !reply.isPending;
  const send = () => {
    if (canSend) replyOnce(message);
  };
  if (refusal !== null) {
    return (
      <Text size="sm" c="dimmed" className={styles.composer}>
        {refusal}
      </Text>
    );
  }
  return (
    <Stack gap="xs" className={styles.composer}>
      <FormBanner problem={reply.error ? asProblem(reply.error) : null} />
      <MessageBox
        label="Answer"
        value={message}
        onChange={setMessage}
        counting={quote}
        isStale={isStale}
        onSubmit={send}
      />
      <Group justify="flex-end">
        <Button onClick={send} loading={reply.isPending} disabled={!canSend}>
          Send the answer
        </Button>
      </Group>
    </Stack>
  );
}

function useReply(contactId: string, onSent: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (message: string) => {
      const body = { contactId, message };
      return (await api.POST("/api/messages/reply", { body, headers: intent.headers(body) })).data;
    },
    onSuccess: () => {
      intent.done();
      onSent();
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/thread/{contactId}"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
    },
  });
}
