import type { Quote } from "@generated/api";
import { Alert, Stack } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { Problem } from "@/client/problem";
import { fieldError } from "@/shared/form";
import { type Counting, MessageBox } from "@/shared/message-box/message-box";
import { useInsertion, Variables } from "@/shared/message-box/variables";
import { Pictures } from "@/shared/pictures";
import { useFilled } from "../use-filled";
import { Foreign, TemplateChoice } from "../words";
import { variablesOf } from "./columns";
import type { Personal } from "./use-personal";

const NO_VALUES = {};
/** What the API fills from the contact, if the table has no such column. */
const OF_CONTACTS = ["firstName", "lastName", "phone", "email"];

interface Props {
  personal: Personal;
  /** The reason why the text was refused. */
  problem: Problem | null;
}

/** The text, with placeholders for what differs from person to person. */
export function TextPart({ personal, problem }: Props) {
  const { draft, change, quote, isStale, submit, send } = personal;
  const { boxRef, insert } = useInsertion(draft.message, (message) => change({ message }));
  const names = variablesOf(personal.table.headers, personal.mapping).map(({ name }) => name);
  const { placeholders, foreign } = useFilled(draft.message, NO_VALUES);
  const unfilled = placeholders.filter((name) => ![...names, ...OF_CONTACTS].includes(name));
  return (
    <Stack gap="sm">
      <TemplateChoice
        draft={{ ...draft, variables: NO_VALUES }}
        onChange={({ variables: _, ...written }) => change(written)}
      />
      <MessageBox
        label="Message"
        value={draft.message}
        onChange={(message) => change({ message })}
        counting={countingOf(quote, draft.message)}
        isStale={isStale}
        onSubmit={submit}
        boxRef={boxRef}
        disabled={send.isPending}
        error={problem?.fields.message}
      />
      {names.length > 0 && <Variables onInsert={insert} names={names} />}
      <Foreign foreign={foreign} />
      {unfilled.length > 0 && personal.table.headers.length > 0 && (
        <Alert color="orange" icon={<TriangleAlert aria-hidden />} p="xs">
          No column fills {unfilled.map((name) => `{{${name}}}`).join(", ")}. Name a column so, or
          change the text.
        </Alert>
      )}
      <Pictures
        value={draft.pictures}
        onChange={(pictures) => change({ pictures })}
        error={fieldError(problem, "mediaUrls")}
      />
    </Stack>
  );
}

/**
 * Return the counting of the longest text. Only characters of the text itself are named, since those
 * of people's values can't be replaced in the box.
 */
function countingOf(quote: Quote | undefined, message: string): Counting | undefined {
  const forcingCharacters = (quote?.forcingCharacters ?? [])
    .filter(({ character }) => message.includes(character))
    .map(({ character }) => ({ character, positions: [] }));
  return quote && { ...quote, forcingCharacters };
}
