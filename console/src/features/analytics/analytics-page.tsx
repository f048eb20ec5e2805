import type { UsageBucket } from "@generated/api";
import { Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { type Point, peakOf, sumOf } from "@/shared/charts/chart-data";
import { PeriodChart } from "@/shared/charts/period-chart";
import {
  MESSAGE_SERIES,
  messagesFinding,
  messageValues,
  periodLabel,
  whenOf,
} from "@/shared/charts/usage";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { useCurrency, useOrganisationQuery } from "@/shared/use-organisation";
import { Figures } from "./figures";
import { firstDay } from "./range";
import { PERIODS, type Period, periodOf } from "./search";

const route = getRouteApi("/app/analytics");
const UNIT_NAMES = { day: "Day", week: "Week", month: "Month" } as const;

/** What was sent, received and spent over time. */
export function AnalyticsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const period = periodOf(search);
  const organisation = useOrganisationQuery();
  const timeZone = organisation.data?.timeZone;
  const usage = queries.useQuery(
    "get",
    "/api/analytics/usage",
    {
      params: {
        query: { granularity: period.unit, from: firstDay(period, new Date(), timeZone ?? "UTC") },
      },
    },
    { enabled: timeZone !== undefined, placeholderData: keepPreviousData },
  );
  return (
    <Screen
      title="Analytics"
      description={timeZone && `Days begin at midnight in ${timeZone}.`}
      actions={
        <Select
          aria-label="Period"
          data={PERIODS.map(({ value, label }) => ({ value, label }))}
          value={period.value}
          allowDeselect={false}
          onChange={(value) =>
            void navigate({ search: { period: value as Period["value"] }, replace: true })
          }
          w={160}
        />
      }
    >
      {usage.data && !usage.isPlaceholderData ? (
        <Charts items={usage.data.items} period={period} timeZone={timeZone} />
      ) : usage.error ? (
        <Failing problem={asProblem(usage.error)} onRetry={() => void usage.refetch()} />
      ) : organisation.error && !timeZone ? (
        <Failing
          problem={asProblem(organisation.error)}
          onRetry={() => void organisation.refetch()}
        />
      ) : (
        <LoadingRows rows={8} />
      )}
    </Screen>
  );
}

interface ChartsProps {
  items: UsageBucket[];
  period: Period;
  timeZone: string | undefined;
}

function Charts({ items, period, timeZone }: ChartsProps) {
  const currency = useCurrency();
  const money = (cents: number) => formatMoney(cents, currency);
  const current = items.slice(-period.count);
  const before = items.slice(0, -period.count);
  const points = current.map((bucket, index) => pointOf(bucket, period, timeZone, index));
  const chart = { points, unit: UNIT_NAMES[period.unit] };
  const received = sumOf(points, "Received");
  const spent = sumOf(points, "Spent");
  return (
    <Stack gap="xl">
      <Figures
        current={current}
        before={before}
        period={period}
        timeZone={timeZone ?? "UTC"}
        money={money}
      />
      <PeriodChart
        {...chart}
        title={messagesFinding(points, period.label)}
        series={MESSAGE_SERIES}
        fileName={`messages-${period.value}`}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" verticalSpacing="xl">
        <PeriodChart
          {...chart}
          title={`${counted(received, "text")} received in ${period.label}${most(points, "Received")}`}
          series={[{ name: "Received", color: "var(--sb-sent)" }]}
          fileName={`received-${period.value}`}
        />
        <PeriodChart
          {...chart}
          title={`${money(spent)} spent on texts in ${period.label}${most(points, "Spent")}`}
          series={[{ name: "Spent", color: "var(--sb-sent)" }]}
          fileName={`spent-cents-${period.value}`}
          format={money}
        />
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        The last {period.unit} is not over yet, and late delivery reports may still change figures.
      </Text>
    </Stack>
  );
}

function most(points: Point[], name: string): string {
  const peak = peakOf(points, name);
  return peak ? `, most ${whenOf(peak)}` : "";
}

function pointOf(
  bucket: UsageBucket,
  period: Period,
  timeZone: string | undefined,
  index: number,
): Point {
  return {
    start: bucket.bucketStart,
    label: periodLabel(bucket.bucketStart, period.unit, timeZone),
    isUnfinished: index === period.count - 1,
    values: {
      ...messageValues({
        sent: bucket.sentCount,
        delivered: bucket.deliveredCount,
        failed: bucket.failedCount,
      }),
      Received: bucket.receivedCount,
      Spent: bucket.spentCents,
    },
  };
}
