import type { CampaignDay } from "@generated/api";
import { queries } from "@/client/client";
import type { Point } from "@/shared/charts/chart-data";
import { PeriodChart } from "@/shared/charts/period-chart";
import { MESSAGE_SERIES, messagesFinding, messageValues, periodLabel } from "@/shared/charts/usage";
import { counted } from "@/shared/number";
import { useKnownTimeZone } from "@/shared/use-organisation";

/** A chart of the campaign by day. Nothing is shown for a campaign of a single day. */
export function DaysChart({ campaignId }: { campaignId: string }) {
  const timeZone = useKnownTimeZone();
  const analytics = queries.useQuery("get", "/api/analytics/campaigns/{id}", {
    params: { path: { id: campaignId } },
  });
  const days = analytics.data?.series ?? [];
  if (days.length < 2) return null;
  const points = days.map((day) => pointOf(day, timeZone));
  return (
    <PeriodChart
      title={messagesFinding(points, counted(days.length, "day"))}
      points={points}
      series={MESSAGE_SERIES}
      unit="Day"
      fileName="campaign-by-day"
    />
  );
}

function pointOf(day: CampaignDay, timeZone: string | undefined): Point {
  return {
    start: day.dayStart,
    label: periodLabel(day.dayStart, "day", timeZone),
    values: messageValues(day),
  };
}
