import type { Price } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { formatMoney } from "@/shared/money";
import { type Column, Table } from "@/shared/table";

const COUNTRIES = new Intl.DisplayNames(undefined, { type: "region" });

/** The prices per segment in each country. */
export function Prices() {
  const prices = queries.useQuery("get", "/api/billing/prices", {}, { staleTime: 3_600_000 });
  const currency = prices.data?.currency ?? "usd";
  const columns: Column<Price>[] = [
    {
      label: "Country",
      isTitle: true,
      cell: (price) => `${nameOf(price)} ${price.prefix}`,
    },
    {
      label: "Per segment",
      isNumber: true,
      cell: ({ centsPerSegment }) => formatMoney(centsPerSegment, currency),
    },
  ];
  return (
    <Stack gap="xs" maw={560}>
      <Title order={2}>Prices</Title>
      <Table
        caption="Prices by country"
        columns={columns}
        rows={prices.data?.items.toSorted(byName)}
        keyOf={({ country, prefix }) => `${country}${prefix}`}
        problem={prices.error ? asProblem(prices.error) : null}
        onRetry={() => void prices.refetch()}
        empty={<Text c="dimmed">There are no prices yet. Ask the operator of this platform.</Text>}
      />
    </Stack>
  );
}

function nameOf({ country }: Price): string {
  return COUNTRIES.of(country) ?? country;
}

const byName = (one: Price, other: Price) => nameOf(one).localeCompare(nameOf(other));
