import type { DashboardBalance, UsageSum } from "@generated/api";
import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted, formatCount, formatShare } from "@/shared/number";

interface Props {
  week: UsageSum;
  before: UsageSum | null;
  balance: DashboardBalance | null;
}

/** Figures of the last seven days, compared with the seven days before, and the balance. */
export function Week({ week, before, balance }: Props) {
  return (
    <Stack gap="xs">
      <Title order={2}>Last seven days</Title>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xl" verticalSpacing="md">
        <Figure
          label={
            <TextLink to="/messages" search={{ direction: "out" }} size="sm" c="inherit">
              Sent
            </TextLink>
          }
          value={formatCount(week.sent)}
          before={before && formatCount(before.sent)}
        />
        <Figure
          label={
            <TextLink to="/messages" search={{ status: "delivered" }} size="sm" c="inherit">
              Delivered
            </TextLink>
          }
          value={share(week.delivered, week)}
          before={before && share(before.delivered, before)}
        />
        <Figure
          label={
            <TextLink to="/messages" search={{ status: "failed" }} size="sm" c="inherit">
              Failed
            </TextLink>
          }
          value={share(week.failed, week)}
          before={before && share(before.failed, before)}
        />
        <Figure
          label={
            <TextLink to="/messages" search={{ direction: "in" }} size="sm" c="inherit">
              Answers
            </TextLink>
          }
          value={formatCount(week.received)}
          before={before && formatCount(before.received)}
        />
        {balance && <BalanceFigure balance={balance} />}
      </SimpleGrid>
    </Stack>
  );
}

interface FigureProps {
  label: React.ReactNode;
  value: string;
  before: string | null;
}

function Figure({ label, value, before }: FigureProps) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={600} className="figures">
        {value}
      </Text>
      {before !== null && (
        <Text size="xs" c="dimmed" className="figures">
          {before} in the week before
        </Text>
      )}
    </div>
  );
}

function BalanceFigure({ balance }: { balance: DashboardBalance }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        Balance
      </Text>
      <Text size="xl" fw={600} className="figures">
        {formatMoney(balance.balanceCents, balance.currency)}
      </Text>
      <Text size="xs" c="dimmed">
        {balance.daysLeft === null
          ? "Nothing spent this week"
          : `${counted(balance.daysLeft, "day")} at this pace`}
        {" · "}
        <TextLink to="/billing" size="xs" underline="always">
          Billing
        </TextLink>
      </Text>
    </div>
  );
}

/** Return the share of `part` in all messages with a final status, or a dash if there are none. */
function share(part: number, sum: UsageSum): string {
  const known = sum.delivered + sum.failed;
  return known === 0 ? "–" : formatShare(part / known);
}
