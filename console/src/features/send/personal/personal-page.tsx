import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { asProblem, type Problem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { counted } from "@/shared/number";
import { PaymentReturn } from "@/shared/payment-return";
import { Cost } from "@/shared/quote/cost";
import { Screen } from "@/shared/screen";
import { SendLater, timeFields } from "@/shared/send-later";
import { RequestId } from "@/shared/states";
import { MoreOptions } from "../more-options";
import { SendProblem } from "../send-problem";
import { PeoplePart } from "./people-part";
import { PersonalResult } from "./personal-result";
import { TextPart } from "./text-part";
import { positionOf } from "./text-rows";
import { TextTable } from "./text-table";
import { type Personal, usePersonal } from "./use-personal";

const route = getRouteApi("/app/send/personal");
const FIELDS = ["message", "mediaUrls"];

/** Send a text to many people, each with their own values. */
export function PersonalPage() {
  const { paid } = route.useSearch();
  const personal = usePersonal();
  const { draft, change, send, outcome } = personal;
  const problem = send.error ? asProblem(send.error) : null;
  return (
    <Screen
      title="Personal texts"
      description={
        <>
          One text to many people, each with their own name, order or time. To send the same text to
          all, use{" "}
          <TextLink to="/send" size="sm" underline="always">
            Quick send
          </TextLink>
          .
        </>
      }
    >
      <Stack gap="lg" maw={880}>
        {paid && <PaymentReturn sessionId={paid} />}
        <SendProblem
          problem={problem}
          fields={[...FIELDS, ...timeFields(draft.departure)]}
          labelOf={(path) => labelOf(path, personal)}
        />
        {outcome && <PersonalResult outcome={outcome} />}
        <PeoplePart personal={personal} />
        <TextPart personal={personal} problem={problem ?? personal.quoteProblem} />
        <SendLater
          value={draft.departure}
          onChange={(departure) => change({ departure })}
          error={problem?.fields.sendAt}
        />
        <MoreOptions draft={draft} onChange={change} fields={problem?.fields} />
        <Check personal={personal} />
        <Group gap="sm">
          <Button onClick={personal.submit} loading={send.isPending} disabled={!personal.canSend}>
            {buttonLabel(personal)}
          </Button>
          <Text size="sm" c="dimmed">
            {hintOf(personal)}
          </Text>
        </Group>
      </Stack>
    </Screen>
  );
}

/** What each person would get, and what all of it costs. */
function Check({ personal }: { personal: Personal }) {
  const { rows, quote, isStale, quoteProblem, renew } = personal;
  return (
    <Stack gap="sm" component="section" aria-label="What each person gets">
      {quoteProblem && <QuoteProblem problem={quoteProblem} personal={personal} onRetry={renew} />}
      {rows && rows.length > 0 && (
        <>
          <Title order={2}>What each person gets</Title>
          <TextTable caption="What each person gets" rows={rows} isStale={isStale} />
        </>
      )}
      {quote && <Cost quote={quote} isStale={isStale} returnTo="/send/personal" />}
    </Stack>
  );
}

interface QuoteProblemProps {
  problem: Problem;
  personal: Personal;
  onRetry: () => void;
}

/** Why there is no price. It never takes the focus from somebody who types. */
function QuoteProblem({ problem, personal, onRetry }: QuoteProblemProps) {
  const paths = Object.keys(problem.fields);
  const others = paths.filter((path) => !FIELDS.some((field) => path.startsWith(field)));
  const words =
    paths.length === 0
      ? [problem.message]
      : others.map((path) => `${labelOf(path, personal)}: ${problem.fields[path]}`);
  if (words.length === 0) return null;
  return (
    <Alert color="red" icon={<CircleAlert aria-hidden />} role="status">
      <Stack gap="xs" align="flex-start">
        {words.map((sentence) => (
          <Text key={sentence} size="sm">
            {sentence}
          </Text>
        ))}
        {problem.isTemporary && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Ask for the price again
          </Button>
        )}
        <RequestId problem={problem} />
      </Stack>
    </Alert>
  );
}

/** Name a field of the request by the row of the table, such as `Row 7`. */
function labelOf(path: string, { people }: Personal): string {
  const row = people[positionOf(path)]?.row;
  const variable = /\.variables\.(.+)$/.exec(path)?.[1];
  if (row === undefined) return path;
  return variable === undefined ? `Row ${row}` : `Row ${row}, {{${variable}}}`;
}

function buttonLabel({ quote, isStale, people, draft }: Personal): string {
  const verb = draft.departure.isLater ? "Schedule" : "Send";
  const count = quote && !isStale ? quote.recipients : people.length;
  return count === 0 ? `${verb} the messages` : `${verb} ${counted(count, "message")}`;
}

/** Return what hinders the send, or what becomes of an attempt without an answer. */
function hintOf(personal: Personal): string {
  const { draft, people, isOpen, isStale, isTooMany, quote, quoteProblem } = personal;
  if (isOpen) return "Your last attempt got no answer. If you send again, nobody is texted twice.";
  if (people.length === 0 || isTooMany || draft.message.trim() === "" || quoteProblem) return "";
  if (!quote || isStale) return "Asking for the price…";
  if (quote.recipients === 0) return "Nobody in the table can be texted.";
  const isShort = !quote.balanceCovers && !draft.departure.isLater;
  return isShort ? "The balance does not cover all texts. Add funds, or remove people." : "";
}
