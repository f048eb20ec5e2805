import type { Erasure } from "@generated/api";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Check, Clock, Loader, type LucideIcon } from "lucide-react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { Empty } from "@/shared/states";
import { Badge, type Tone } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { EraseDialog } from "./erase-dialog";

const TITLE = "People to erase";
const ASK_AGAIN_MS = 3000;

const LOOKS: Record<string, { tone: Tone; word: string; icon: LucideIcon }> = {
  running: { tone: "sending", word: "Erasing...", icon: Loader },
  waiting: { tone: "unknown", word: "Waiting", icon: Clock },
  done: { tone: "delivered", word: "Erased", icon: Check },
};

const COLUMNS: Column<Erasure>[] = [
  {
    label: "Person",
    isTitle: true,
    cell: ({ phone }) => (phone ? <Phone number={phone} /> : "No longer stored"),
  },
  { label: "State", cell: (erasure) => <State of={erasure} /> },
  { label: "Asked for by", cell: ({ requestedByName }) => requestedByName ?? "A former member" },
  { label: "Asked for", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  { label: "Texts emptied", isNumber: true, cell: ({ counts }) => counts.messages ?? 0 },
];

/** The erasures of people, and the button that begins one. */
export function Erasures() {
  const [isAsking, asking] = useDisclosure(false);
  const erasures = queries.useInfiniteQuery(
    "get",
    "/api/erasures",
    {},
    {
      ...PAGES,
      refetchInterval: (query) => {
        const rows = query.state.data?.pages.flatMap((page) => page.items) ?? [];
        return rows.some(({ status }) => status !== "done") ? ASK_AGAIN_MS : false;
      },
    },
  );
  const erase = (
    <Button variant="default" onClick={asking.open}>
      Erase a person
    </Button>
  );
  return (
    <Stack gap="md" component="section" aria-label={TITLE}>
      <Group justify="space-between">
        <div>
          <Title order={2}>{TITLE}</Title>
          <Text size="sm" c="dimmed">
            The laws of many countries let people ask for this.
          </Text>
        </div>
        {erase}
      </Group>
      <Table
        caption="Erasures"
        columns={COLUMNS}
        rows={erasures.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={erasures.error ? asProblem(erasures.error) : null}
        onRetry={() => void erasures.refetch()}
        empty={<Empty>Nobody has been erased yet.</Empty>}
      />
      <ListFooter query={erasures} />
      {isAsking && <EraseDialog onClose={asking.close} />}
    </Stack>
  );
}

function State({ of: { status, waitingFor } }: { of: Erasure }) {
  const look = LOOKS[status];
  if (!look) return status;
  return (
    <>
      <Badge tone={look.tone} icon={look.icon}>
        {look.word}
      </Badge>{" "}
      {waitingFor}
    </>
  );
}
