import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { Ban, CalendarClock, CheckCheck, Copy } from "lucide-react";
import { useMemo, useState } from "react";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { formatCount } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Badge, type Look } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { useCurrency } from "@/shared/use-organisation";
import type { TextRow } from "./text-rows";

const SHOWN = 10;

const LOOKS: Record<Exclude<TextRow["state"], "text">, Look> = {
  refused: { tone: "failed", word: "No text", icon: Ban },
  duplicate: { tone: "sending", word: "Left out", icon: Copy },
  accepted: { tone: "delivered", word: "Accepted", icon: CheckCheck },
  scheduled: { tone: "sent", word: "Scheduled", icon: CalendarClock },
};

interface Props {
  caption: string;
  rows: TextRow[];
  isStale?: boolean;
}

/** What each person gets, or what became of it: first some of them, and on demand all. */
export function TextTable({ caption, rows, isStale }: Props) {
  const [isOnlyLeftOut, setOnlyLeftOut] = useState(false);
  const [isLong, setLong] = useState(false);
  const columns = useColumns();
  const without = rows.filter(({ state }) => state === "refused" || state === "duplicate");
  const wanted = isOnlyLeftOut && without.length > 0 ? without : rows;
  const shown = isLong ? wanted : wanted.slice(0, SHOWN);
  return (
    <Stack gap="xs">
      {without.length > 0 && without.length < rows.length && (
        <Group>
          <SegmentedControl
            size="xs"
            aria-label="Which rows are shown"
            data={[
              { value: "all", label: `All (${formatCount(rows.length)})` },
              { value: "without", label: `Without a text (${formatCount(without.length)})` },
            ]}
            value={isOnlyLeftOut ? "without" : "all"}
            onChange={(value) => setOnlyLeftOut(value === "without")}
          />
        </Group>
      )}
      <Table
        caption={caption}
        columns={columns}
        rows={shown}
        keyOf={({ row }) => String(row)}
        onRetry={() => undefined}
        empty={null}
        isStale={isStale}
      />
      {shown.length < wanted.length && (
        <div>
          <Button variant="default" size="xs" onClick={() => setLong(true)}>
            Show all {formatCount(wanted.length)} rows
          </Button>
        </div>
      )}
    </Stack>
  );
}

function useColumns(): Column<TextRow>[] {
  const currency = useCurrency();
  return useMemo(
    () => [
      {
        label: "To",
        isTitle: true,
        cell: ({ row, to }) => (
          <>
            <Phone number={to || "–"} />
            <Text size="xs" c="dimmed" component="div">
              Row {formatCount(row)}
            </Text>
          </>
        ),
      },
      { label: "Text", cell: (row) => <Words row={row} /> },
      { label: "Segments", isNumber: true, cell: ({ segments }) => segments ?? "–" },
      {
        label: "Price",
        isNumber: true,
        cell: ({ priceCents }) => (priceCents === null ? "–" : formatMoney(priceCents, currency)),
      },
    ],
    [currency],
  );
}

function Words({ row: { row, state, words, messageId } }: { row: TextRow }) {
  if (state === "text") {
    return (
      <Text size="sm" dir="auto" style={{ whiteSpace: "pre-wrap" }}>
        {words}
      </Text>
    );
  }
  const { tone, icon, word } = LOOKS[state];
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Badge tone={tone} icon={icon}>
        {word}
      </Badge>
      {words && <Text size="sm">{words}</Text>}
      {messageId && (
        <TextLink
          to="/messages/$messageId"
          params={{ messageId }}
          size="sm"
          aria-label={`See what happens to it, the text of row ${row}`}
        >
          See what happens to it
        </TextLink>
      )}
    </Group>
  );
}
