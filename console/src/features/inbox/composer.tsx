import type { Contact, Message } from "@generated/api";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { Users } from "lucide-react";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { MessageBox } from "@/shared/message-box/message-box";
import { useInsertion } from "@/shared/message-box/variables";
import { Cost } from "@/shared/quote/cost";
import { useQuote } from "@/shared/quote/use-quote";
import { departureOf, SendLater, timeFields } from "@/shared/send-later";
import { SenderChoice } from "@/shared/sender-choice";
import { useShortcut } from "@/shared/shortcuts";
import { useTimeZone } from "@/shared/use-organisation";
import styles from "./inbox.module.css";
import { TemplateMenu } from "./template-menu";
import { numberWrittenTo } from "./thread";
import { type Reply, useReply } from "./use-reply";
import type { ThreadOnPage } from "./use-thread";

interface Props {
  contactId: string;
  thread: ThreadOnPage;
  /** The contact who is answered, or undefined while it is not loaded. */
  contact: Contact | undefined;
  /** The loaded messages of the conversation. */
  messages: readonly Message[];
  /** The reason why this person can't be texted, or null. */
  refusal: string | null;
}

/**
 * The box for an answer. Each conversation has its own draft. The draft is the state of this box
 * alone, so that a key press draws nothing else again, however long the conversation is.
 */
export function Composer({ contactId, thread, contact, messages, refusal }: Props) {
  const reply = useReply(contactId, thread);
  const { message, setMessage, departure, setDeparture, from, send, colleagues } = reply;
  const { boxRef, insert } = useInsertion(message, setMessage);
  const numbers = contact ? [contact.phone] : [];
  const { quote, isStale } = useQuote(message, numbers, from ? { from } : {});
  const problem = send.error ? asProblem(send.error) : null;
  const sendOnce = useSingle(send);
  const when = departureOf(departure, useTimeZone());
  const canSend = refusal === null && message.trim() !== "" && when !== null && !send.isPending;
  useShortcut("r", () => boxRef.current?.focus());
  const submit = () => {
    if (canSend) sendOnce({ text: message, when, from });
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
      <Colleagues names={colleagues.map(({ userName }) => userName)} />
      <ReplyProblem reply={reply} />
      <MessageBox
        label="Reply"
        // While the text is being sent, it is shown as a bubble. It stays in the draft until it is
        // accepted.
        value={send.isPending ? "" : message}
        onChange={setMessage}
        counting={quote}
        isStale={isStale}
        onSubmit={submit}
        disabled={send.isPending}
        boxRef={boxRef}
        minRows={2}
        error={problem?.fields.message}
      />
      {quote && message.trim() !== "" && <Cost quote={quote} isStale={isStale} />}
      <From reply={reply} messages={messages} />
      <SendLater value={departure} onChange={setDeparture} error={problem?.fields.sendAt} />
      <Group justify="space-between" wrap="nowrap">
        <TemplateMenu contact={contact} onInsert={insert} />
        <Button onClick={submit} loading={send.isPending} disabled={!canSend}>
          {labelOf(colleagues.length > 0, departure.isLater)}
        </Button>
      </Group>
    </Stack>
  );
}

/** The number that the answer is sent from. By default, the person sees the number they wrote to. */
function From({ reply, messages }: Pick<Props, "messages"> & { reply: Reply }) {
  const { from, setFrom, send } = reply;
  return (
    <SenderChoice
      conversations={numberWrittenTo(messages)}
      clearLabel="Use the number of this conversation"
      value={from}
      onChange={setFrom}
      error={send.error ? asProblem(send.error).fields.from : undefined}
    />
  );
}

function labelOf(isSecond: boolean, isLater: boolean): string {
  if (isLater) return "Schedule the reply";
  return isSecond ? "Send my reply too" : "Send the reply";
}

function Colleagues({ names }: { names: (string | null)[] }) {
  if (names.length === 0) return null;
  const who = [...new Set(names.map((name) => name ?? "Somebody else"))];
  return (
    <Alert color="orange" icon={<Users aria-hidden />} role="alert" p="xs">
      <Text size="sm">
        {new Intl.ListFormat().format(who)} answered while you were writing. Read it above; your
        answer was not sent.
      </Text>
    </Alert>
  );
}

function ReplyProblem({ reply: { send, departure, from } }: { reply: Reply }) {
  const problem = send.error ? asProblem(send.error) : null;
  const fields = ["message", ...timeFields(departure), ...(from ? ["from"] : [])];
  return (
    <>
      <FormBanner problem={problem} fields={fields} />
      {problem?.status === 402 && (
        <div>
          <ButtonLink to="/billing" size="xs" variant="default">
            Add funds
          </ButtonLink>
        </div>
      )}
    </>
  );
}
