import type { UsageBucket } from "@generated/api";
import { SimpleGrid } from "@mantine/core";
import { Figure, shareOf } from "@/shared/figure";
import { TextLink } from "@/shared/links";
import { formatCount } from "@/shared/number";
import { localOf } from "@/shared/zone";
import type { Period } from "./search";

interface Props {
  current: UsageBucket[];
  before: UsageBucket[];
  period: Period;
  /** The organisation's time zone, in which the first day of the period is shown. */
  timeZone: string;
  money: (cents: number) => string;
}

type Field = "sentCount" | "deliveredCount" | "failedCount" | "receivedCount" | "spentCents";

/** The sums of the period, compared with those of the previous period. */
export function Figures({ current, before, period, timeZone, money }: Props) {
  const first = current[0]?.bucketStart;
  const from = first && localOf(new Date(first), timeZone).slice(0, 10);
  const share = (field: Field, buckets: UsageBucket[]) =>
    shareOf(sum(buckets, field), {
      delivered: sum(buckets, "deliveredCount"),
      failed: sum(buckets, "failedCount"),
    });
  const hadTexts = sum(before, "sentCount") + sum(before, "receivedCount") > 0;
  const figure = (label: string, write: (buckets: UsageBucket[]) => string) => ({
    label,
    value: write(current),
    note: hadTexts ? `${write(before)} in the ${period.label} before` : undefined,
  });
  const count = (field: Field) => (buckets: UsageBucket[]) => formatCount(sum(buckets, field));
  const shown = [
    { ...figure("Sent", count("sentCount")), search: { from, direction: "out" as const } },
    {
      ...figure("Delivered", (buckets) => share("deliveredCount", buckets)),
      search: { from, status: "delivered" as const },
    },
    {
      ...figure("Failed", (buckets) => share("failedCount", buckets)),
      search: { from, status: "failed" as const },
    },
    { ...figure("Received", count("receivedCount")), search: { from, direction: "in" as const } },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xl" verticalSpacing="md">
      {shown.map(({ label, value, note, search }) => (
        <Figure key={label} label={label} note={note}>
          <TextLink to="/messages" search={search} inherit c="inherit">
            {value}
          </TextLink>
        </Figure>
      ))}
      <Figure {...figure("Spent", (buckets) => money(sum(buckets, "spentCents")))}>
        <TextLink to="/billing" inherit c="inherit">
          {money(sum(current, "spentCents"))}
        </TextLink>
      </Figure>
    </SimpleGrid>
  );
}

function sum(buckets: UsageBucket[], field: Field): number {
  return buckets.reduce((total, bucket) => total + bucket[field], 0);
}
