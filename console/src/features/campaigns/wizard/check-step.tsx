import type { CampaignQuote } from "@generated/api";
import { Button, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { Previews } from "@/shared/quote/previews";
import { QuoteFacts } from "@/shared/quote/quote-facts";
import { Failing } from "@/shared/states";
import { QuietHoursNote } from "./quiet-hours-note";
import { TestToMyself } from "./test-to-myself";
import { type CampaignPrice, useCampaignQuote } from "./use-quote";

interface Props {
  campaignId: string;
  onBack: () => void;
  onNext: () => void;
}

/** The third step: what the campaign will do and cost, and how its messages will look. */
export function CheckStep({ campaignId, onBack, onNext }: Props) {
  const quote = useCampaignQuote(campaignId);
  const isReady = quote.data !== undefined && quote.data.recipients > 0;
  return (
    <Stack gap="lg" maw={760}>
      {quote.data ? <Answer quote={quote.data} /> : <Asking quote={quote} />}
      <QuietHoursNote />
      <TestToMyself campaignId={campaignId} />
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button onClick={onNext} disabled={!isReady}>
          Choose the time
        </Button>
        {quote.data && !isReady && (
          <Text size="sm" c="dimmed">
            Nobody on the list can be texted.
          </Text>
        )}
      </Group>
    </Stack>
  );
}

/** Shown while the price is not known. */
export function Asking({ quote }: { quote: CampaignPrice }) {
  if (quote.isStopped) {
    return (
      <Group gap="sm">
        <Text size="sm" c="dimmed">
          The price is not known.
        </Text>
        <Button size="xs" variant="default" onClick={quote.ask}>
          Look again
        </Button>
      </Group>
    );
  }
  if (quote.error) return <Failing problem={asProblem(quote.error)} onRetry={quote.ask} />;
  return (
    <Stack gap="xs" role="status">
      <Text c="dimmed">Checking every recipient. A long list takes up to 45 seconds.</Text>
      <Progress value={100} animated aria-label="Checking every recipient" />
      <div>
        <Button size="xs" variant="default" onClick={quote.stop}>
          Stop
        </Button>
      </div>
    </Stack>
  );
}

function Answer({ quote }: { quote: CampaignQuote }) {
  return (
    <>
      <QuoteFacts quote={quote} person="contact" ifUnpaid="The campaign is kept as a draft." />
      {quote.previews.length > 0 && (
        <Stack gap="xs">
          <Title order={2}>How it will look</Title>
          <Previews previews={quote.previews} />
        </Stack>
      )}
    </>
  );
}
