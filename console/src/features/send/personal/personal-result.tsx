import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { CheckCheck, TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { csvOf } from "@/shared/csv";
import { saveFile } from "@/shared/download";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { useCurrency } from "@/shared/use-organisation";
import { rowsToCorrect, type TextRow } from "./text-rows";
import { TextTable } from "./text-table";
import type { PersonalOutcome } from "./use-send-personal";

/** What became of each person's text. It gets the focus, because it replaces what was sent. */
export function PersonalResult({ outcome }: { outcome: PersonalOutcome }) {
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { rows, accepted, isScheduled } = outcome;
  const refused = rowsToCorrect(rows).size;
  return (
    <Stack gap="sm" component="section" aria-label="Result">
      <Alert
        ref={heading}
        tabIndex={-1}
        role="status"
        color={refused > 0 ? "orange" : "teal"}
        icon={refused > 0 ? <TriangleAlert aria-hidden /> : <CheckCheck aria-hidden />}
        title={titleOf(outcome, useCurrency())}
      >
        <Stack gap="xs">
          {refused > 0 && (
            <Text size="sm">
              {counted(refused, "person", "people")} got no text, and nothing is charged for them.
              Only they are still in the table, so nobody is texted twice. Correct the rows and send
              again.
            </Text>
          )}
          <Group gap="sm">
            {accepted > 0 &&
              (isScheduled ? (
                <TextLink to="/send/scheduled" search={{}} size="sm">
                  See the scheduled messages
                </TextLink>
              ) : (
                <TextLink to="/messages" search={{ direction: "out" }} size="sm">
                  See what happens to them
                </TextLink>
              ))}
            <Button variant="default" size="compact-sm" onClick={() => saveResults(rows)}>
              Download the results as CSV
            </Button>
          </Group>
        </Stack>
      </Alert>
      <TextTable caption="Results" rows={rows} />
    </Stack>
  );
}

function titleOf({ accepted, priceCents, isScheduled }: PersonalOutcome, currency: string): string {
  const what = `${counted(accepted, "message")} ${isScheduled ? "scheduled" : "accepted"}`;
  return accepted === 0 ? what : `${what} for ${formatMoney(priceCents, currency)}`;
}

function saveResults(rows: readonly TextRow[]): void {
  const header = ["Row", "To", "Result", "Reason", "Segments", "Price in cents", "Message id"];
  const lines = rows.map(({ row, to, state, words, segments, priceCents, messageId }) => [
    row,
    to,
    state,
    words,
    segments ?? "",
    priceCents ?? "",
    messageId ?? "",
  ]);
  saveFile(new Blob([csvOf(header, lines)], { type: "text/csv" }), "personal-texts.csv");
}
