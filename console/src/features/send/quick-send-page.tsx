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
import { ButtonLink } from "@/shared/links";
import { MessageBox } from "@/shared/message-box/message-box";
import { counted } from "@/shared/number";
import { PhonePreview } from "@/shared/phone-preview";
import { Screen } from "@/shared/screen";
import { AT_ONCE, departureOf, SendLater, useOrganisationZone } from "@/shared/send-later";
import { Cost } from "./cost";
import { numbersIn } from "./numbers";
import { type Outcome, Refusals } from "./refusals";
import { useQuote } from "./use-quote";

const EMPTY = { recipients: "", message: "", departure: AT_ONCE };

/** Send a text to one or more numbers. */
export function QuickSendPage() {
  const [draft, setDraft, clearDraft] = useDraft("quick-send", EMPTY);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const numbers = numbersIn(draft.recipients);
  const { quote, isStale } = useQuote(draft.message, numbers);
  const send = useSend((result) => {
    setOutcome(result);
    if (result.errors.length === 0) clearDraft();
    notifications.show({ message: acceptedWords(result) });
  });
  const sendOnce = useSingle(send);
  // A draft of the release before has no departure.
  const departure = draft.departure ?? AT_ONCE;
  const when = departureOf(departure, useOrganisationZone());
  const problem = send.error ? asProblem(send.error) : null;
  const canSend =
    numbers.length > 0 && draft.message.trim() !== "" && when !== null && !send.isPending;
  const submit = () => {
    setOutcome(null);
    if (!canSend) return;
    sendOnce({ numbers, message: draft.message, priceVersion: quote?.priceVersion, ...when });
  };
  return (
    <Screen
      title="Quick send"
      description="One text to one or more phone numbers."
      actions={
        <ButtonLink variant="default" to="/send/scheduled">
          What waits
        </ButtonLink>
      }
    >
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md" maw={640}>
            <FormBanner problem={problem} />
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
            <SendLater
              value={departure}
              onChange={(changed) => setDraft({ ...draft, departure: changed })}
              error={problem?.fields.sendAt}
            />
            <div>
              <Button onClick={submit} loading={send.isPending} disabled={!canSend}>
                {deedOf(numbers.length, departure.isLater)}
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

function acceptedWords({ accepted, isScheduled }: Outcome): string {
  return `${counted(accepted, "message")} ${isScheduled ? "scheduled" : "accepted"}.`;
}

function deedOf(count: number, isLater: boolean): string {
  const verb = isLater ? "Schedule" : "Send";
  return count > 1 ? `${verb} ${counted(count, "message")}` : `${verb} the message`;
}

interface Order {
  numbers: string[];
  message: string;
  priceVersion: string | undefined;
  sendAt?: string;
  respectQuietHours?: boolean;
}

/** Send an order once, however often the button is pressed. */
function useSend(onDone: (outcome: Outcome) => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order): Promise<Outcome> => {
      const { numbers, ...content } = order;
      const headers = intent.headers(order);
      if (numbers.length === 1) {
        const body = { to: numbers[0], ...content };
        await api.POST("/api/sms/send", { body, headers });
        return { accepted: 1, isScheduled: order.sendAt !== undefined, errors: [] };
      }
      const { data } = await api.POST("/api/sms/batch", { body: { numbers, ...content }, headers });
      return {
        accepted: (data?.sent ?? 0) + (data?.scheduled ?? 0),
        isScheduled: order.sendAt !== undefined,
        errors: data?.errors ?? [],
      };
    },
    onSuccess: (outcome) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/sms/scheduled"] });
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
