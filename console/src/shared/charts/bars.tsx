import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { drawnRows, isSoFar, type Point, type Series, soFarName } from "./chart-data";

const HEIGHT = 220;
const SO_FAR_OPACITY = 0.35;

interface Props {
  title: string;
  points: readonly Point[];
  series: readonly Series[];
  format: (value: number) => string;
}

/** The bars of a chart. It has no animation, and its figures can be read with the arrow keys. */
export default function Bars({ title, points, series, format }: Props) {
  const soFar = points.some((point) => point.isUnfinished)
    ? series.map(({ name, color }) => ({ name: soFarName(name), color }))
    : [];
  return (
    <BarChart
      h={HEIGHT}
      data={drawnRows(points, series)}
      dataKey="label"
      type="stacked"
      series={[...series, ...soFar]}
      valueFormatter={format}
      maxBarWidth={40}
      tickLine="none"
      xAxisProps={{ minTickGap: 24 }}
      yAxisProps={{ width: 56, allowDecimals: false }}
      barChartProps={{ title }}
      barProps={({ name, color }) => ({
        isAnimationActive: false,
        ...(isSoFar(name) && {
          fillOpacity: SO_FAR_OPACITY,
          stroke: color,
          strokeDasharray: "3 2",
        }),
      })}
      tooltipAnimationDuration={0}
    />
  );
}
