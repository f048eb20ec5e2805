import type { Campaign, CampaignQuote } from "@generated/api";
import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { priceOf } from "@/shared/quote/quote-facts";
import { Failing } from "@/shared/states";
import { useCurrency } from "@/shared/use-organisation";

interface Props {
  campaign: Campaign;
  onClose: () => void;
}

/** Choose the failed messages to send again, see the price, and send them as a new campaign. */
export function RetryDialog({ campaign, onClose }: Props) {
  const [retryableOnly, setRetryableOnly] = useState(true);
  const currency = useCurrency();
  const quote = queries.useQuery(
    "post",
    "/api/campaigns/{id}/retry-failed/quote",
    { params: { path: { id: campaign.id } }, body: { retryableOnly } },
    { staleTime: 0, retry: false },
  );
  const retry = useRetry(campaign.id, onClose);
  const retryOnce = useSingle(retry);
  const price = quote.data ? priceOf(quote.data, currency) : null;
  const count = quote.data?.recipients ?? 0;
  return (
    <Modal opened onClose={onClose} title={`Retry “${campaign.name}”`}>
      <Stack gap="md">
        <FormBanner problem={retry.error ? asProblem(retry.error) : null} />
        <Radio.Group
          label="Who gets it again"
          value={retryableOnly ? "retryable" : "all"}
          onChange={(value) => setRetryableOnly(value === "retryable")}
        >
          <Stack gap="xs" mt="xs">
            <Radio
              value="retryable"
              label="Only texts that may arrive if they are sent again"
              description="For example a phone that was off"
            />
            <Radio
              value="all"
              label="Everybody who was not reached"
              description="Also landlines and numbers that don't exist, which usually fail again"
            />
          </Stack>
        </Radio.Group>
        {quote.error ? (
          <Failing problem={asProblem(quote.error)} onRetry={() => void quote.refetch()} />
        ) : (
          <Price quote={quote.data} price={price} currency={currency} />
        )}
        <Text size="sm" c="dimmed">
          The retry is a campaign of its own, linked with this one. People who have opted out since,
          or were reached by an earlier retry, are not texted.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            loading={retry.isPending || quote.isFetching}
            disabled={count === 0 || !quote.data?.balanceCovers}
            onClick={() => retryOnce(retryableOnly)}
          >
            {quote.data ? `Send ${counted(count, "message")} for ${price}` : "Send again"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface PriceProps {
  quote: CampaignQuote | undefined;
  price: string | null;
  currency: string;
}

function Price({ quote, price, currency }: PriceProps) {
  if (quote === undefined) return <Text size="sm">Checking every recipient…</Text>;
  if (quote.recipients === 0) {
    return <Text size="sm">No failed message would arrive if it were sent again.</Text>;
  }
  const missing = quote.totalCents - quote.balanceCents;
  return (
    <Text size="sm" aria-live="polite" className="figures" component="div">
      <b>
        {counted(quote.recipients, "message")} for {price}
      </b>
      {quote.balanceCovers ? (
        `. Balance afterwards: ${formatMoney(-missing, currency)}`
      ) : (
        <>
          . {formatMoney(missing, currency)} more is needed.{" "}
          <TextLink to="/billing" size="sm" underline="always">
            Add funds
          </TextLink>
        </>
      )}
    </Text>
  );
}

/** Create the retry and start it, only once, and then show it. */
function useRetry(campaignId: string, onDone: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (retryableOnly: boolean) => {
      const params = { path: { id: campaignId } };
      const body = { start: true, retryableOnly };
      const headers = intent.headers(body);
      return (await api.POST("/api/campaigns/{id}/retry-failed", { params, body, headers })).data;
    },
    onSuccess: (made) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      onDone();
      if (made) {
        void navigate({ to: "/campaigns/$campaignId", params: { campaignId: made.id } });
      }
    },
  });
}
