import type { Quote } from "@generated/api";
import { Button, Grid, Group, Stack, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { queries } from "@/client/client";
import { asProblem, type Problem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { chosen } from "@/shared/contact-choice";
import { useDraft, useDraftIntent } from "@/shared/drafts";
import { fieldError } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { type Counting, MessageBox } from "@/shared/message-box/message-box";
import { counted } from "@/shared/number";
import { PaymentReturn } from "@/shared/payment-return";
import { PhonePreview } from "@/shared/phone-preview";
import { Pictures } from "@/shared/pictures";
import { attemptOf, isSameOrder } from "@/shared/quote/attempt";
import { Cost } from "@/shared/quote/cost";
import { useNewPrice } from "@/shared/quote/use-new-price";
import { useQuote } from "@/shared/quote/use-quote";
import { Screen } from "@/shared/screen";
import { departureOf, SendLater, timeFields } from "@/shared/send-later";
import { useTimeZone } from "@/shared/use-organisation";
import { MoreOptions } from "./more-options";
import { MOST_NUMBERS } from "./numbers";
import { EMPTY, numbersOf, orderOf, picturesOf, type SendDraft } from "./order";
import { Result } from "./outcome";
import { Recipients } from "./recipients";
import { SendProblem } from "./send-problem";
import { useFilled } from "./use-filled";
import { useSaving } from "./use-saving";
import { type Outcome, useSend } from "./use-send";
import { TemplateChoice, Variables } from "./words";

const NAME = "quick-send";
const route = getRouteApi("/app/send");

/** Send a text to a contact or to phone numbers. */
export function QuickSendPage() {
  const { paid } = route.useSearch();
  const form = useQuickSend();
  const { draft, change, filled, quote, isStale, send, outcome } = form;
  const problem = send.error ? asProblem(send.error) : null;
  const count = quote && !isStale ? quote.recipients : numbersOf(draft).length;
  return (
    <Screen
      title="Quick send"
      description="One text to a contact, or to up to 1,000 numbers."
      actions={
        <>
          <ButtonLink variant="default" to="/send/personal" search={{}}>
            A text for each person
          </ButtonLink>
          <ButtonLink variant="default" to="/send/scheduled" search={{}}>
            Scheduled messages
          </ButtonLink>
        </>
      }
    >
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md" maw={640}>
            {paid && <PaymentReturn sessionId={paid} />}
            <SendProblem problem={problem} fields={fieldsOf(draft)} />
            {outcome && <Result outcome={outcome} />}
            <Recipients
              draft={draft}
              onChange={change}
              refusals={form.refusals}
              error={recipientError(problem)}
            />
            <TemplateChoice draft={draft} onChange={change} />
            <MessageBox
              label="Message"
              value={draft.message}
              onChange={(message) => change({ message })}
              counting={form.counting}
              isStale={isStale}
              saving={form.saving}
              onSubmit={form.submit}
              error={problem?.fields.message}
            />
            <Variables
              draft={draft}
              onChange={change}
              placeholders={filled.placeholders}
              foreign={filled.foreign}
            />
            <Pictures
              value={draft.pictures}
              onChange={(pictures) => change({ pictures })}
              error={fieldError(problem, "mediaUrls") ?? form.quoteProblem}
            />
            {quote && <Cost quote={quote} isStale={isStale} returnTo="/send" />}
            <SendLater
              value={draft.departure}
              onChange={(departure) => change({ departure })}
              error={problem?.fields.sendAt}
            />
            <MoreOptions draft={draft} onChange={change} fields={problem?.fields} />
            <Group gap="sm">
              <Button onClick={form.submit} loading={send.isPending} disabled={!form.canSend}>
                {labelOf(count, draft.departure.isLater)}
              </Button>
              {form.hint && (
                <Text size="sm" c="dimmed">
                  {form.hint}
                </Text>
              )}
            </Group>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <PhonePreview text={filled.text} />
        </Grid.Col>
      </Grid>
    </Screen>
  );
}

/** The fields of the recipients, which depend on how many there are. */
const RECIPIENTS = ["to", "contactId", "numbers"];

/** Return the fields that show their own errors. */
function fieldsOf({ departure }: SendDraft): string[] {
  return ["message", "mediaUrls", ...RECIPIENTS, ...timeFields(departure)];
}

function recipientError(problem: Problem | null): string | undefined {
  return RECIPIENTS.map((field) => fieldError(problem, field)).find((error) => error);
}

function labelOf(count: number, isLater: boolean): string {
  const verb = isLater ? "Schedule" : "Send";
  return count > 1 ? `${verb} ${counted(count, "message")}` : `${verb} the message`;
}

/** The draft, its price, and the function that sends it. */
function useQuickSend() {
  const [kept, setDraft, clearDraft] = useDraft<SendDraft>(NAME, EMPTY);
  const draft = { ...EMPTY, ...kept };
  const change = (changes: Partial<SendDraft>) => setDraft({ ...draft, ...changes });
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useContactOfAddress((contact) => change({ to: "contact", contact }));
  const intent = useDraftIntent(NAME);
  const filled = useFilled(draft.message, draft.variables);
  const numbers = numbersOf(draft);
  const pricing = useQuote(filled.text, numbers.slice(0, MOST_NUMBERS), {
    mediaUrls: picturesOf(draft),
    ...(draft.from ? { from: draft.from } : {}),
  });
  const when = departureOf(draft.departure, useTimeZone());
  const order = orderOf(draft, filled.placeholders, pricing.quote?.priceVersion, when ?? {});
  const saving = useSaving(draft.message, numbers.slice(0, MOST_NUMBERS), pricing.quote);
  const send = useSend(intent, (done) => {
    setOutcome(done);
    const refused = done.errors.map(({ to }) => to).join("\n");
    // Remove the numbers that were texted, so that another press texts nobody twice.
    if (done.errors.length > 0) change({ recipients: refused });
    else clearDraft();
  });
  const sendOnce = useSingle(send);
  useNewPrice(send.error, pricing.renew);
  const isFilled = filled.missing.length === 0;
  const canSend =
    numbers.length > 0 &&
    numbers.length <= MOST_NUMBERS &&
    draft.message.trim() !== "" &&
    isFilled &&
    when !== null &&
    !send.isPending;
  return {
    draft,
    change,
    filled,
    ...pricing,
    // In the filled text, characters have other positions than in the text box.
    counting: filled.text === draft.message ? pricing.quote : unmarked(pricing.quote),
    saving,
    outcome,
    send,
    canSend,
    refusals: pricing.isStale ? undefined : pricing.quote?.refusals,
    quoteProblem: pricing.error ? wordsOf(pricing.error) : undefined,
    hint: hintOf(draft, filled.missing, isSameOrder(order, intent.openContent()) && send.isIdle),
    submit: () => {
      if (!canSend) return;
      setOutcome(null);
      sendOnce(attemptOf(order, intent.openContent()));
    },
  };
}

/** Return the counting of a text, without the positions of the characters that need Unicode. */
function unmarked(quote: Quote | undefined): Counting | undefined {
  const forcing = quote?.forcingCharacters.map((found) => ({ ...found, positions: [] }));
  return quote && { ...quote, forcingCharacters: forcing ?? [] };
}

/** Return a sentence about what is missing, or about an attempt without an answer, or null. */
function hintOf(draft: SendDraft, missing: string[], isOpen: boolean): string | null {
  if (isOpen) return "Your last attempt got no answer. If you send again, it is not sent twice.";
  if (draft.message.trim() === "" || numbersOf(draft).length === 0) return null;
  if (missing.length > 0) return `Give ${missing.slice(0, 3).join(", ")} a value.`;
  return null;
}

function wordsOf(error: unknown): string {
  const problem = asProblem(error);
  return Object.values(problem.fields)[0] ?? problem.message;
}

/** Choose the contact in the URL, once. */
function useContactOfAddress(onFound: (contact: ReturnType<typeof chosen>) => void): void {
  const { contact: id } = route.useSearch();
  const navigate = route.useNavigate();
  const contact = queries.useQuery(
    "get",
    "/api/contacts/{id}",
    { params: { path: { id: id ?? "" } } },
    { enabled: id !== undefined },
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once, when the contact is loaded
  useEffect(() => {
    if (id === undefined || !contact.data) return;
    onFound(chosen(contact.data));
    void navigate({ search: {}, replace: true });
  }, [id, contact.data]);
}
