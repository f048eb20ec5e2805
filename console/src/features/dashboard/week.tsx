import type { DashboardBalance, UsageSum } from "@generated/api";
import { SimpleGrid, Stack, Title } from "@mantine/core";
import { Figure, shareOf } from "@/shared/figure";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { daysWords, formatCount } from "@/shared/number";
import { useKnownTimeZone } from "@/shared/use-organisation";
import { localOf } from "@/shared/zone";

const DAYS_BEFORE_TODAY = 6;
const DAY_MS = 24 * 3_600_000;

interface Props {
  week: UsageSum;
  before: UsageSum | null;
  balance: DashboardBalance | null;
}

/** Figures of the last seven days, compared with the seven days before, and the balance. */
export function Week({ week, before, balance }: Props) {
  const from = firstDayOf(useKnownTimeZone());
  const figures = [
    {
      label: "Sent",
      search: { direction: "out" },
      write: (sum: UsageSum) => formatCount(sum.sent),
    },
    {
      label: "Delivered",
      search: { status: "delivered" },
      write: (sum: UsageSum) => shareOf(sum.delivered, sum),
    },
    {
      label: "Failed",
      search: { status: "failed" },
      write: (sum: UsageSum) => shareOf(sum.failed, sum),
    },
    {
      label: "Answers",
      search: { direction: "in" },
      write: (sum: UsageSum) => formatCount(sum.received),
    },
  ] as const;
  return (
    <Stack gap="xs">
      <Title order={2}>Last seven days</Title>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xl" verticalSpacing="md">
        {figures.map(({ label, search, write }) => (
          <Figure
            key={label}
            label={label}
            note={
              before && before.sent + before.received > 0 && `${write(before)} in the week before`
            }
          >
            <TextLink to="/messages" search={{ from, ...search }} inherit c="inherit">
              {write(week)}
            </TextLink>
          </Figure>
        ))}
        {balance && <BalanceFigure balance={balance} />}
      </SimpleGrid>
    </Stack>
  );
}

function BalanceFigure({ balance }: { balance: DashboardBalance }) {
  return (
    <Figure
      label="Balance"
      note={
        <>
          {balance.daysLeft === null
            ? "Nothing spent this week"
            : `lasts ${daysWords(balance.daysLeft)} at this pace`}
          {" · "}
          <TextLink to="/billing" size="xs" underline="always">
            Billing
          </TextLink>
        </>
      }
    >
      {formatMoney(balance.balanceCents, balance.currency)}
    </Figure>
  );
}

/** Return the first of the last seven days in the organisation's zone, once it is known. */
function firstDayOf(timeZone: string | undefined): string | undefined {
  if (timeZone === undefined) return undefined;
  return localOf(new Date(Date.now() - DAYS_BEFORE_TODAY * DAY_MS), timeZone).slice(0, 10);
}
