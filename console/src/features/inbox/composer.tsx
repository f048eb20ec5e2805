import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useQuote } from "@/features/send/use-quote";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { AT_ONCE, departureOf, SendLater, useOrganisationZone } from "@/shared/send-later";
import { useShortcut } from "@/shared/shortcuts";
import styles from "./inbox.module.css";

interface Props {
  contactId: string;
  /** Why this person can't be texted, or null. */
  refusal: string | null;
}

interface Order {
  message: string;
  sendAt?: string;
  respectQuietHours?: boolean;
}

const NO_NUMBERS: string[] = [];

/** The box for an answer. Each conversation has its own draft. */
export function Composer({ contactId, refusal }: Props) {
  const [message, setMessage, forget] = useDraft(`reply:${contactId}`, "");
  const { quote, isStale } = useQuote(message, NO_NUMBERS);
  const [departure, setDeparture] = useState(AT_ONCE);
  const when = departureOf(departure, useOrganisationZone());
  const reply = useReply(contactId, () => {
    forget();
    setDeparture(AT_ONCE);
  });
  const replyOnce = useSingle(reply);
  const canSend = refusal === null && message.trim() !== "" && when !== null && !reply.isPending;
  const problem = reply.error ? asProblem(reply.error) : null;
  useShortcut("r", focusComposer);
  const send = () => {
    if (canSend) replyOnce({ message, ...when });
  };
  if (refusal !== null) {
    return (
      <Text size="sm" c="dimmed" className={styles.composer}>
        {refusal}
      </Text>
    );
  }
  return (
    <Stack gap="xs" className={styles.composer} data-composer>
      <FormBanner problem={problem} />
      <MessageBox
        label="Answer"
        value={message}
        onChange={setMessage}
        counting={quote}
        isStale={isStale}
        onSubmit={send}
      />
      <Group justify="space-between" align="flex-end">
        <SendLater value={departure} onChange={setDeparture} error={problem?.fields.sendAt} />
        <Button onClick={send} loading={reply.isPending} disabled={!canSend}>
          {departure.isLater ? "Schedule the answer" : "Send the answer"}
        </Button>
      </Group>
    </Stack>
  );
}

function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-composer] textarea")?.focus();
}

function useReply(contactId: string, onSent: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order) => {
      const body = { contactId, ...order };
      return (await api.POST("/api/messages/reply", { body, headers: intent.headers(body) })).data;
    },
    onSuccess: (_, { sendAt }) => {
      intent.done();
      onSent();
      if (sendAt) {
        notifications.show({ message: "The answer is scheduled." });
        void cache.invalidateQueries({ queryKey: ["get", "/api/sms/scheduled"] });
      }
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/thread/{contactId}"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
    },
  });
}
