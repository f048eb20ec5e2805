import type { AdminDay, AdminStats } from "@generated/api";
import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { queries } from "@/client/client";
import { Figure } from "@/shared/figure";
import { TextLink } from "@/shared/links";
import { Loaded } from "@/shared/loaded";
import { formatMoney } from "@/shared/money";
import { formatCount, formatShare } from "@/shared/number";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { useCurrency } from "@/shared/use-organisation";
import { AdminScreen } from "./admin-screen";
import { SendingHold } from "./sending-hold";

const ASK_EVERY_MS = 60_000;

/** What the whole platform did in the last thirty days. */
export function PlatformPage() {
  return (
    <AdminScreen title="Platform overview">
      {() => (
        <Stack gap="xl">
          <SendingHold />
          <Platform />
        </Stack>
      )}
    </AdminScreen>
  );
}

function Platform() {
  const stats = queries.useQuery("get", "/api/admin/stats", {}, { refetchInterval: ASK_EVERY_MS });
  const currency = useCurrency();
  return (
    <Loaded query={stats} rows={8}>
      {(counted) => (
        <Stack gap="xl">
          <Figures stats={counted} currency={currency} />
          <Stack gap="xs">
            <Title order={2}>Day by day</Title>
            <Text size="sm" c="dimmed">
              Days in UTC. Counted <RelativeTime at={counted.asOf} />.
            </Text>
            <Table
              caption="The last thirty days"
              columns={columnsFor(currency)}
              rows={counted.days.toReversed()}
              keyOf={({ dayStart }) => dayStart}
              onRetry={() => void stats.refetch()}
              empty={null}
            />
          </Stack>
        </Stack>
      )}
    </Loaded>
  );
}

function Figures({ stats, currency }: { stats: AdminStats; currency: string }) {
  const attempts = stats.sent + stats.failed;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="xl" verticalSpacing="md">
      <Figure label="Sent in 30 days">{formatCount(stats.sent)}</Figure>
      <Figure
        label="Failed in 30 days"
        note={attempts > 0 ? formatShare(stats.failed / attempts) : undefined}
      >
        {formatCount(stats.failed)}
      </Figure>
      <Figure
        label="Spent on messages in 30 days"
        note={`${formatMoney(stats.totalSpentCents, currency)} ever`}
      >
        {formatMoney(stats.spentCents, currency)}
      </Figure>
      <Figure
        label="Organisations that sent"
        note={
          <TextLink to="/admin/organisations" size="xs" underline="always">
            See all organisations
          </TextLink>
        }
      >
        {formatCount(stats.organisationsSending)}
      </Figure>
    </SimpleGrid>
  );
}

function columnsFor(currency: string): Column<AdminDay>[] {
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  return [
    { label: "Day", isTitle: true, cell: ({ dayStart }) => day.format(new Date(dayStart)) },
    { label: "Sent", isNumber: true, cell: ({ sent }) => formatCount(sent) },
    { label: "Delivered", isNumber: true, cell: ({ delivered }) => formatCount(delivered) },
    { label: "Failed", isNumber: true, cell: ({ failed }) => formatCount(failed) },
    { label: "Received", isNumber: true, cell: ({ received }) => formatCount(received) },
    {
      label: "Organisations",
      isNumber: true,
      cell: ({ organisationsSending }) => formatCount(organisationsSending),
    },
    { label: "Spent", isNumber: true, cell: ({ spentCents }) => formatMoney(spentCents, currency) },
  ];
}
