import { Button, Grid, Stack, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { counted } from "@/shared/number";
import { PhonePreview } from "@/shared/phone-preview";
import { Screen } from "@/shared/screen";
import { Cost } from "./cost";
import { numbersIn } from "./numbers";
import { type Outcome, Refusals } from "./refusals";
import { useQuote } from "./use-quote";

const EMPTY = { recipients: "", message: "" };

/** Send a text to one or more numbers. */
export function QuickSendPage() {
  const [draft, setDraft, clearDraft] = useDraft("quick-send", EMPTY);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const numbers = numbersIn(draft.recipients);
  const { quote, isStale } = useQuote(draft.message, numbers);
  const send = useSend((result) => {
    setOutcome(result);
    if (result.errors.length === 0) clearDraft();
    notifications.show({ message: `${counted(result.accepted, "message")} accepted.` });
  });
  const sendOnce = useSingle(send);
  const canSend = numbers.length > 0 && draft.message.trim() !== "" && !send.isPending;
  const submit = () => {
    setOutcome(null);
    if (canSend) sendOnce({ numbers, message: draft.message, priceVersion: quote?.priceVersion });
  };
  return (
    <Screen title="Quick send" description="One text to one or more phone numbers.">
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md" maw={640}>
            <FormBanner problem={send.error ? asProblem(send.error) : null} />
            {outcome && <Refusals outcome={outcome} />}
            <Textarea
              label="To"
              description="Phone numbers, each on a line of its own or separated by commas."
              placeholder="+1 415 555 0142"
              autosize
              minRows={2}
              maxRows={8}
              value={draft.recipients}
              onChange={(event) => setDraft({ ...draft, recipients: event.currentTarget.value })}
              error={quote && !isStale ? refusedIn(quote.refusals) : undefined}
            />
            <MessageBox
              label="Message"
              value={draft.message}
              onChange={(message) => setDraft({ ...draft, message })}
              counting={quote}
              isStale={isStale}
              onSubmit={submit}
            />
            {quote && <Cost quote={quote} isStale={isStale} />}
            <div>
              <Button onClick={submit} loading={send.isPending} disabled={!canSend}>
                {numbers.length > 1
                  ? `Send ${counted(numbers.length, "message")}`
                  : "Send the message"}
              </Button>
            </div>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <PhonePreview text={draft.message} />
        </Grid.Col>
      </Grid>
    </Screen>
  );
}

interface Order {
  numbers: string[];
  message: string;
  priceVersion: string | undefined;
}

/** Send an order once, however often the button is pressed. */
function useSend(onDone: (outcome: Outcome) => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order): Promise<Outcome> => {
      const { numbers, message, priceVersion } = order;
      const headers = intent.headers(order);
      if (numbers.length === 1) {
        const body = { to: numbers[0], message, priceVersion };
        await api.POST("/api/sms/send", { body, headers });
        return { accepted: 1, errors: [] };
      }
      const body = { numbers, message, priceVersion };
      const { data } = await api.POST("/api/sms/batch", { body, headers });
      return { accepted: data?.sent ?? 0, errors: data?.errors ?? [] };
    },
    onSuccess: (outcome) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      onDone(outcome);
    },
  });
}

function refusedIn(refusals: { to: string; message: string }[]) {
  if (refusals.length === 0) return undefined;
  return refusals.slice(0, 5).map(({ to, message }) => (
    <span key={to} style={{ display: "block" }}>
      {to}: {message}
    </span>
  ));
}
