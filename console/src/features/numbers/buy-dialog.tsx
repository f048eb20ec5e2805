import type { AvailableNumber, ProvisionNumbersResponse } from "@generated/api";
import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { capabilityWords } from "@/shared/capabilities";
import { FormBanner } from "@/shared/form";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { formatPhone, Phone } from "@/shared/phone";

const COUNTRIES = [
  { value: "US", label: "United States" },
  { value: "CA", label: "Canada" },
  { value: "GB", label: "United Kingdom" },
];

const MOST_AT_ONCE = 20;

interface Wish {
  country: string;
  areaCode: string;
  contains: string;
}

interface Props {
  currency: string;
  onClose: () => void;
}

/** Search for numbers that are for sale, and buy some at the shown price. */
export function BuyDialog({ currency, onClose }: Props) {
  const [wish, setWish] = useState<Wish>({ country: "US", areaCode: "", contains: "" });
  const [asked, setAsked] = useState<Wish | null>(null);
  const [quantity, setQuantity] = useState(1);
  const found = useAvailable(asked);
  const buy = useBuy();
  const buyOnce = useSingle(buy);
  if (buy.data) return <Bought bought={buy.data} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Buy a number" size="lg">
      <Stack gap="md">
        <FormBanner problem={buy.error ? asProblem(buy.error) : null} />
        <Group gap="xs" align="flex-end">
          <Select
            label="Country"
            flex="1 1 160px"
            data={COUNTRIES}
            value={wish.country}
            onChange={(country) => setWish({ ...wish, country: country ?? "US" })}
            allowDeselect={false}
          />
          <TextInput
            label="Area code"
            description="US and Canada"
            placeholder="415"
            flex="0 1 120px"
            value={wish.areaCode}
            onChange={(event) => setWish({ ...wish, areaCode: event.currentTarget.value })}
          />
          <TextInput
            label="Contains"
            description="Digits or letters"
            placeholder="2026"
            flex="0 1 140px"
            value={wish.contains}
            onChange={(event) => setWish({ ...wish, contains: event.currentTarget.value })}
          />
          <Button variant="default" loading={found.isFetching} onClick={() => setAsked(wish)}>
            Search
          </Button>
        </Group>
        {found.error && <FormBanner problem={asProblem(found.error)} />}
        {found.data?.length === 0 && (
          <Text size="sm">There is no such number for sale. Try other digits.</Text>
        )}
        {found.data && found.data.length > 0 && (
          <NumberInput
            label="How many"
            description="You get available numbers that are similar to the one that you choose, perhaps not exactly that one."
            styles={{ wrapper: { width: 120 } }}
            min={1}
            max={MOST_AT_ONCE}
            clampBehavior="strict"
            value={quantity}
            onChange={(value) => setQuantity(Number(value) || 1)}
          />
        )}
        {found.data?.map((number) => (
          <Offer
            key={number.phoneNumber}
            number={number}
            currency={currency}
            quantity={quantity}
            isBusy={buy.isPending}
            onBuy={() => buyOnce(orderFor(number, asked?.areaCode ?? "", quantity))}
          />
        ))}
      </Stack>
    </Modal>
  );
}

interface OfferProps {
  number: AvailableNumber;
  currency: string;
  quantity: number;
  isBusy: boolean;
  onBuy: () => void;
}

function Offer({ number, currency, quantity, isBusy, onBuy }: OfferProps) {
  const place = [number.locality, number.region].filter(Boolean).join(", ");
  const price = formatMoney(number.centsPerMonth * quantity, currency);
  return (
    <Group justify="space-between" wrap="nowrap">
      <div>
        <Phone number={number.phoneNumber} />
        <Text size="xs" c="dimmed">
          {place && `${place} · `}
          {capabilityWords(number.capabilities)} · {formatMoney(number.centsPerMonth, currency)} a
          month
        </Text>
      </div>
      <Button
        size="xs"
        variant="default"
        loading={isBusy}
        onClick={onBuy}
        aria-label={`Buy ${counted(quantity, "number")} like ${formatPhone(number.phoneNumber)}`}
      >
        Buy {quantity === 1 ? "one" : quantity} like this for {price} a month
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

function orderFor(number: AvailableNumber, areaCode: string, quantity: number): Order {
  const { country, centsPerMonth } = number;
  return { country, areaCode: areaCode || undefined, quantity, centsPerMonth };
}

/**
 * Request the numbers for sale. Only when Search is pressed, because every request is sent to
 * Twilio.
 */
function useAvailable(wish: Wish | null) {
  return useQuery({
    queryKey: ["available-numbers", wish],
    enabled: wish !== null,
    retry: false,
    queryFn: async () => {
      const query = {
        country: wish?.country,
        areaCode: wish?.areaCode || undefined,
        contains: wish?.contains || undefined,
        limit: 5,
      };
      const { data } = await api.GET("/api/twilio/numbers/available", { params: { query } });
      return data?.items ?? [];
    },
  });
}

/** The numbers that were bought, and the errors: perhaps only some could be bought. */
function Bought({ bought, onClose }: { bought: ProvisionNumbersResponse; onClose: () => void }) {
  const { numbers, errors } = bought;
  return (
    <Modal opened onClose={onClose} title={`${counted(numbers.length, "number")} bought`}>
      <Stack gap="md">
        <Stack gap={4} role="status">
          {numbers.map(({ id, phoneNumber }) => (
            <Text key={id} size="sm">
              <Phone number={phoneNumber} /> is yours.
            </Text>
          ))}
        </Stack>
        {errors.length > 0 && (
          <Alert
            color="orange"
            icon={<TriangleAlert aria-hidden />}
            title={`${counted(errors.length, "number")} could not be bought`}
          >
            {errors.map(({ phoneNumber, message }) => (
              <Text key={`${phoneNumber}${message}`} size="sm">
                {phoneNumber && (
                  <>
                    <Phone number={phoneNumber} />:{" "}
                  </>
                )}
                {message}
              </Text>
            ))}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>Close</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useBuy() {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: Order) =>
      (await api.POST("/api/twilio/numbers/provision", { body, headers: intent.headers(body) }))
        .data,
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/twilio/numbers"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
}
