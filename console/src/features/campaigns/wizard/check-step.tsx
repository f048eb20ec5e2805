import type { CampaignQuote } from "@generated/api";
import { Alert, Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";

interface Props {
  campaignId: string;
  onBack: () => void;
}

/** The last step: what the campaign will do and cost, and the button that starts it. */
export function CheckStep({ campaignId, onBack }: Props) {
  const params = { path: { id: campaignId } };
  const quote = queries.useQuery(
    "post",
    "/api/campaigns/{id}/quote",
    { params },
    { staleTime: 0, retry: false },
  );
  const start = useStart(campaignId);
  const startOnce = useSingle(start);
  const navigate = useNavigate();
  if (quote.data === undefined) {
    return quote.error ? (
      <Failing problem={asProblem(quote.error)} onRetry={() => void quote.refetch()} />
    ) : (
      <>
        <Text c="dimmed">Looking at every recipient. A long list takes up to 45 seconds.</Text>
        <LoadingRows rows={3} />
      </>
    );
  }
  const { recipients, priceVersion } = quote.data;
  const send = () =>
    startOnce(priceVersion, {
      onSuccess: () => {
        notifications.show({ message: "The campaign has started." });
        void navigate({ to: "/campaigns/$campaignId", params: { campaignId } });
      },
    });
  return (
    <Stack gap="md" maw={640}>
      <FormBanner problem={start.error ? asProblem(start.error) : null} />
      <Facts quote={quote.data} />
      <TestToMyself campaignId={campaignId} />
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button
          onClick={send}
          loading={start.isPending}
          disabled={recipients === 0 || !quote.data.balanceCovers}
        >
          Send {counted(recipients, "message")}
        </Button>
      </Group>
    </Stack>
  );
}

function Facts({ quote }: { quote: CampaignQuote }) {
  const balance = queries.useQuery("get", "/api/billing/balance");
  const money = (cents: number) => formatMoney(cents, balance.data?.currency ?? "usd");
  const price = `${quote.complete ? "" : "at least "}${money(quote.totalCents)}`;
  return (
    <Stack gap="xs">
      <Text size="lg" fw={600} className="figures">
        {counted(quote.recipients, "message")} for {price}
      </Text>
      <List size="sm" spacing={4}>
        {quote.destinations.map((place) => (
          <List.Item key={place.country}>
            {place.country}: {counted(place.recipients, "message")}, {money(place.minPriceCents)}
            {place.maxPriceCents > place.minPriceCents && ` to ${money(place.maxPriceCents)}`} each,{" "}
            {money(place.totalCents)} in all
          </List.Item>
        ))}
        {quote.optedOut > 0 && (
          <List.Item>{counted(quote.optedOut, "contact")} opted out and get nothing</List.Item>
        )}
        {quote.invalid > 0 && (
          <List.Item>{counted(quote.invalid, "contact")} can't be texted and get nothing</List.Item>
        )}
        <List.Item>Balance afterwards: {money(quote.balanceCents - quote.totalCents)}</List.Item>
      </List>
      {!quote.balanceCovers && (
        <Alert color="red" icon={<TriangleAlert aria-hidden />}>
          {money(quote.totalCents - quote.balanceCents)} more is needed.{" "}
          <TextLink to="/billing" size="sm">
            Add funds
          </TextLink>
        </Alert>
      )}
      {quote.foreignPlaceholders.length > 0 && (
        <Alert color="orange" icon={<TriangleAlert aria-hidden />}>
          {quote.foreignPlaceholders.join(", ")}: placeholders of other tools are not filled. Write
          them as {"{{firstName}}"}.
        </Alert>
      )}
    </Stack>
  );
}

/** Send the text to one number, as a recipient would get it. */
function TestToMyself({ campaignId }: { campaignId: string }) {
  const intent = useIntent();
  const [to, setTo] = useDraft("test-number", "");
  const test = useMutation({
    mutationFn: async () => {
      const params = { path: { id: campaignId } };
      const body = { to };
      const headers = intent.headers(body);
      return (await api.POST("/api/campaigns/{id}/test", { params, headers, body })).data;
    },
    onSuccess: () => {
      intent.done();
      notifications.show({ message: "The test is on its way." });
    },
  });
  return (
    <Group gap="xs" align="flex-end">
      <TextInput
        label="Send a test first"
        placeholder="Your phone number"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        error={test.error ? asProblem(test.error).message : undefined}
      />
      <Button
        variant="default"
        loading={test.isPending}
        disabled={to.trim() === ""}
        onClick={() => test.mutate()}
      >
        Send the test
      </Button>
    </Group>
  );
}

/** Start the campaign once, at the price that was told. */
function useStart(campaignId: string) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (priceVersion: string) => {
      const params = { path: { id: campaignId } };
      const body = { priceVersion };
      const headers = intent.headers(body);
      return (await api.POST("/api/campaigns/{id}/send", { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
}
