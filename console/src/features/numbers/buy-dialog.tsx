import type { AvailableNumber } from "@generated/api";
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { formatMoney } from "@/shared/money";
import { formatPhone, Phone } from "@/shared/phone";

const COUNTRIES = [
  { value: "US", label: "United States" },
  { value: "CA", label: "Canada" },
  { value: "GB", label: "United Kingdom" },
];

interface Wish {
  country: string;
  areaCode: string;
}

interface Props {
  currency: string;
  onClose: () => void;
}

/** Look for numbers that are for sale, and buy one at the price that is shown. */
export function BuyDialog({ currency, onClose }: Props) {
  const [wish, setWish] = useState<Wish>({ country: "US", areaCode: "" });
  const [asked, setAsked] = useState<Wish | null>(null);
  const found = useAvailable(asked);
  const buy = useBuy(onClose);
  return (
    <Modal opened onClose={onClose} title="Buy a number">
      <Stack gap="md">
        <FormBanner problem={buy.error ? asProblem(buy.error) : null} />
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <Select
            label="Country"
            data={COUNTRIES}
            value={wish.country}
            onChange={(country) => setWish({ ...wish, country: country ?? "US" })}
            allowDeselect={false}
          />
          <TextInput
            label="Area code"
            placeholder="415"
            value={wish.areaCode}
            onChange={(event) => setWish({ ...wish, areaCode: event.currentTarget.value })}
          />
          <Button variant="default" loading={found.isFetching} onClick={() => setAsked(wish)}>
            Search
          </Button>
        </Group>
        {found.error && <FormBanner problem={asProblem(found.error)} />}
        {found.data?.length === 0 && (
          <Text size="sm">There is no such number for sale. Try another area code.</Text>
        )}
        {found.data?.map((number) => (
          <Offer
            key={number.phoneNumber}
            number={number}
            currency={currency}
            isBusy={buy.isPending}
            onBuy={() => buy.mutate(orderFor(number, asked?.areaCode ?? ""))}
          />
        ))}
      </Stack>
    </Modal>
  );
}

interface OfferProps {
  number: AvailableNumber;
  currency: string;
  isBusy: boolean;
  onBuy: () => void;
}

function Offer({ number, currency, isBusy, onBuy }: OfferProps) {
  const place = [number.locality, number.region].filter(Boolean).join(", ");
  return (
    <Group justify="space-between" wrap="nowrap">
      <div>
        <Phone number={number.phoneNumber} />
        <Text size="xs" c="dimmed">
          {place} {formatMoney(number.centsPerMonth, currency)} a month
        </Text>
      </div>
      <Button
        size="xs"
        variant="default"
        loading={isBusy}
        onClick={onBuy}
        aria-label={`Buy a number like ${formatPhone(number.phoneNumber)}`}
      >
        Buy one like this
      </Button>
    </Group>
  );
}

interface Order {
  country: string;
  areaCode?: string;
  quantity: number;
  centsPerMonth: number;
}

function orderFor({ country, centsPerMonth }: AvailableNumber, areaCode: string): Order {
  return { country, areaCode: areaCode || undefined, quantity: 1, centsPerMonth };
}

/** Ask the provider, only after Search was pressed: every question goes out. */
function useAvailable(wish: Wish | null) {
  return useQuery({
    queryKey: ["available-numbers", wish],
    enabled: wish !== null,
    retry: false,
    queryFn: async () => {
      const query = { country: wish?.country, areaCode: wish?.areaCode || undefined, limit: 5 };
      const { data } = await api.GET("/api/twilio/numbers/available", { params: { query } });
      return data?.items ?? [];
    },
  });
}

function useBuy(onBought: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: Order) =>
      (await api.POST("/api/twilio/numbers/provision", { body, headers: intent.headers(body) }))
        .data,
    onSuccess: (bought) => {
      intent.done();
      const numbers = bought?.numbers.map(({ phoneNumber }) => formatPhone(phoneNumber));
      notifications.show({ message: `${numbers?.join(", ")} is yours.` });
      void cache.invalidateQueries({ queryKey: ["get", "/api/twilio/numbers"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      onBought();
    },
  });
}
