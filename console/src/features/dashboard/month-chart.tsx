import "@mantine/charts/styles.css";
import type { UsageDay } from "@generated/api";
import { BarChart } from "@mantine/charts";
import { Group, Stack, Switch, Title } from "@mantine/core";
import { useState } from "react";
import { formatCount } from "@/shared/number";
import { type Column, Table } from "@/shared/table";

interface Day {
  day: string;
  Delivered: number;
  Failed: number;
}

const COLUMNS: Column<Day>[] = [
  { label: "Day", isTitle: true, cell: ({ day }) => day },
  { label: "Delivered", isNumber: true, cell: ({ Delivered }) => formatCount(Delivered) },
  { label: "Failed", isNumber: true, cell: ({ Failed }) => formatCount(Failed) },
];

/** The messages of the last thirty days, as bars or as a table. */
export default function MonthChart({ days }: { days: UsageDay[] }) {
  const [isTable, setTable] = useState(false);
  const rows = days.map(dayOf);
  const total = rows.reduce((sum, { Delivered }) => sum + Delivered, 0);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2}>{formatCount(total)} messages delivered in 30 days</Title>
        <Switch
          label="As a table"
          size="xs"
          checked={isTable}
          onChange={(event) => setTable(event.currentTarget.checked)}
        />
      </Group>
      {isTable ? (
        <Table
          caption="Messages by day"
          columns={COLUMNS}
          rows={rows}
          keyOf={({ day }) => day}
          onRetry={() => undefined}
          empty={null}
        />
      ) : (
        <BarChart
          h={220}
          data={rows}
          dataKey="day"
          type="stacked"
          withLegend
          series={[
            { name: "Delivered", color: "var(--sb-delivered)" },
            { name: "Failed", color: "var(--sb-failed)" },
          ]}
          barProps={{ isAnimationActive: false }}
          tooltipAnimationDuration={0}
        />
      )}
    </Stack>
  );
}

function dayOf({ dayStart, sum }: UsageDay): Day {
  const date = dayStart ? new Date(dayStart) : null;
  const day = date
    ? new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" }).format(date)
    : "–";
  return { day, Delivered: sum?.delivered ?? 0, Failed: sum?.failed ?? 0 };
}
