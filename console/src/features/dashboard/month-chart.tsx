import type { UsageDay } from "@generated/api";
import type { Point } from "@/shared/charts/chart-data";
import { PeriodChart } from "@/shared/charts/period-chart";
import { MESSAGE_SERIES, messagesFinding, messageValues, periodLabel } from "@/shared/charts/usage";
import { useKnownTimeZone } from "@/shared/use-organisation";

/** The messages of the last thirty days. */
export default function MonthChart({ days }: { days: UsageDay[] }) {
  const timeZone = useKnownTimeZone();
  const points = days.flatMap(({ dayStart, sum }, index): Point[] =>
    dayStart && sum
      ? [
          {
            start: dayStart,
            label: periodLabel(dayStart, "day", timeZone),
            isUnfinished: index === days.length - 1,
            values: messageValues(sum),
          },
        ]
      : [],
  );
  return (
    <PeriodChart
      title={messagesFinding(points, `${days.length} days`)}
      points={points}
      series={MESSAGE_SERIES}
      unit="Day"
      fileName="messages-by-day"
    />
  );
}
