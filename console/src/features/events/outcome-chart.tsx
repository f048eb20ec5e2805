import type { SmsSummary } from "@generated/api";
import type { Point, Series } from "@/shared/charts/chart-data";
import { PeriodChart } from "@/shared/charts/period-chart";
import { counted, formatShare } from "@/shared/number";
import { typeName } from "./words";

const SERIES: readonly Series[] = [
  { name: "Delivered", color: "var(--sb-delivered)" },
  { name: "Sent", color: "var(--sb-sent)" },
  { name: "Sending", color: "var(--sb-sending)" },
  { name: "Failed", color: "var(--sb-failed)" },
  { name: "Undelivered", color: "var(--sb-unknown)" },
];

/** How the texts of each type went, drawn and as a table. One type alone needs no drawing. */
export function OutcomeChart({ summary }: { summary: SmsSummary }) {
  if (summary.outcomes.length < 2) return null;
  return (
    <PeriodChart
      title={findingOf(summary)}
      points={pointsOf(summary)}
      series={SERIES}
      unit="Type"
      fileName="event-texts-by-type"
    />
  );
}

/** Return the counts of each type, in the order of the summary. */
export function pointsOf({ outcomes }: Pick<SmsSummary, "outcomes">): Point[] {
  return outcomes.map(({ notificationType, byStatus }) => ({
    start: notificationType,
    label: typeName(notificationType),
    values: {
      Delivered: byStatus.delivered,
      Sent: byStatus.sent,
      Sending: byStatus.queued,
      Failed: byStatus.failed,
      Undelivered: byStatus.undelivered,
    },
  }));
}

/** Say what share was delivered, and which type was not delivered most often. */
export function findingOf({ byStatus, outcomes }: SmsSummary): string {
  const known = byStatus.delivered + byStatus.failed + byStatus.undelivered;
  if (known === 0) return "No text has a result yet";
  const share = formatShare(byStatus.delivered / known);
  const [worst] = outcomes
    .map(({ notificationType, byStatus: { failed, undelivered } }) => ({
      name: typeName(notificationType),
      count: failed + undelivered,
    }))
    .toSorted((one, other) => other.count - one.count);
  const found = `${share} of ${counted(known, "text")} delivered`;
  return worst && worst.count > 0 ? `${found}; most failures: ${worst.name}` : found;
}
