import { Button, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { Download } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { csvOf } from "../csv";
import { saveFile } from "../download";
import { formatCount } from "../number";
import { LoadingRows } from "../states";
import { type Column, Table } from "../table";
import { type Point, type Series, sumOf } from "./chart-data";
import styles from "./period-chart.module.css";

// The drawing is in a separate file, so that pages without charts do not load it.
const Bars = lazy(() => import("./bars"));

interface Props {
  /** The main result that the chart shows, such as `1,204 texts sent in 30 days`. */
  title: string;
  points: readonly Point[];
  series: readonly Series[];
  /** The name of a point's period, for the table, such as `Day`. */
  unit: string;
  /** The name of the CSV file, without its ending. */
  fileName: string;
  /** Formats a figure. By default figures are counts. */
  format?: (value: number) => string;
}

/** A bar chart over time, with the same figures as a table and as a CSV file. */
export function PeriodChart({ title, points, series, unit, fileName, format }: Props) {
  const [isTable, setTable] = useState(false);
  const write = format ?? formatCount;
  const isEmpty = series.every(({ name }) => sumOf(points, name) === 0);
  const columns: Column<Point>[] = [
    {
      label: unit,
      isTitle: true,
      cell: ({ label, isUnfinished }) => (isUnfinished ? `${label} (so far)` : label),
    },
    ...series.map(({ name }) => ({
      label: name,
      isNumber: true,
      cell: ({ values }: Point) => write(values[name] ?? 0),
    })),
  ];
  const save = () =>
    saveFile(
      new Blob(
        [
          csvOf(
            [unit, ...series.map(({ name }) => name)],
            points.map(({ start, values }) => [
              start,
              ...series.map(({ name }) => values[name] ?? 0),
            ]),
          ),
        ],
        { type: "text/csv;charset=utf-8" },
      ),
      `${fileName}.csv`,
    );
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Title order={2} flex={1} miw={200}>
          {title}
        </Title>
        <Group gap="sm">
          <Switch
            label="As a table"
            size="xs"
            checked={isTable}
            onChange={(event) => setTable(event.currentTarget.checked)}
          />
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<Download size={14} aria-hidden />}
            onClick={save}
            aria-label={`CSV: ${title}`}
          >
            CSV
          </Button>
        </Group>
      </Group>
      {isTable ? (
        <Table
          caption={title}
          columns={columns}
          rows={points.toReversed()}
          keyOf={({ start }) => start}
          onRetry={() => undefined}
          empty={null}
        />
      ) : isEmpty ? (
        <Text c="dimmed" size="sm">
          There are no figures for this period.
        </Text>
      ) : (
        <>
          <Suspense fallback={<LoadingRows rows={5} />}>
            <Bars points={points} series={series} format={write} title={title} />
          </Suspense>
          <Legend series={series} hasUnfinished={points.some((point) => point.isUnfinished)} />
        </>
      )}
    </Stack>
  );
}

/** The meaning of the colours. A single series needs no legend, because the title names it. */
function Legend({ series, hasUnfinished }: { series: readonly Series[]; hasUnfinished: boolean }) {
  if (series.length < 2 && !hasUnfinished) return null;
  return (
    <Group component="ul" gap="md" className={styles.legend}>
      {series.length > 1 &&
        series.map(({ name, color }) => (
          <li key={name}>
            <span className={styles.dot} style={{ background: color }} aria-hidden />
            {name}
          </li>
        ))}
      {hasUnfinished && (
        <li>
          <span className={styles.dot} data-dashed aria-hidden />
          <Text span inherit>
            Not over yet
          </Text>
        </li>
      )}
    </Group>
  );
}
