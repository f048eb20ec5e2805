import type { CampaignQuote } from "@generated/api";
import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { counted } from "@/shared/number";
import { priceOf } from "@/shared/quote/quote-facts";
import { clockTime } from "@/shared/time";
import { useCurrency, useTimeZone } from "@/shared/use-organisation";
import { localOf } from "@/shared/zone";
import { readTime, ZonedTimeField } from "@/shared/zoned-time-field";
import { Asking } from "./check-step";
import { QuietHoursNote } from "./quiet-hours-note";
import { useCampaignQuote } from "./use-quote";
import { useStart } from "./use-start";
import type { Wizard } from "./use-wizard";

const YEARS_AHEAD = 2;

interface Props {
  campaignId: string;
  wizard: Wizard;
  onBack: () => void;
}

/** The last step: choose now or later, and send or schedule the campaign at the shown price. */
export function ScheduleStep({ campaignId, wizard, onBack }: Props) {
  const timeZone = useTimeZone();
  const quote = useCampaignQuote(campaignId);
  const plan = usePlan(campaignId, wizard.stored?.scheduleAt ?? null, timeZone);
  const start = useStart(campaignId, wizard.stored?.version);
  const startOnce = useSingle(start);
  const navigate = useNavigate();
  const time = readTime(plan.local, timeZone, plan.bounds);
  const problem = start.error ? asProblem(start.error) : null;
  const go = ({ priceVersion }: CampaignQuote) =>
    startOnce(
      { priceVersion, scheduleAt: plan.isLater ? (time.at?.toISOString() ?? null) : null },
      {
        onSuccess: () => {
          plan.forget();
          notifications.show({
            message: plan.isLater ? "The campaign is scheduled." : "The campaign has started.",
          });
          void navigate({ to: "/campaigns/$campaignId", params: { campaignId } });
        },
      },
    );
  return (
    <Stack gap="lg" maw={640}>
      <FormBanner problem={problem} fields={plan.isLater ? ["scheduleAt"] : []} />
      {problem?.fields.from && (
        <Group>
          <ButtonLink to="/numbers" variant="default">
            Get a number
          </ButtonLink>
          <Text size="sm" c="dimmed">
            The campaign is kept as a draft.
          </Text>
        </Group>
      )}
      <Radio.Group
        label="When it is sent"
        value={plan.isLater ? "later" : "now"}
        onChange={(value) => plan.change({ isLater: value === "later" })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="now" label="Now" />
          <Radio value="later" label="Later" />
        </Stack>
      </Radio.Group>
      {plan.isLater && (
        <ZonedTimeField
          label="Date and time"
          timeZone={timeZone}
          value={plan.local}
          onChange={(local) => plan.change({ local })}
          error={problem?.fields.scheduleAt}
          {...plan.bounds}
        />
      )}
      <QuietHoursNote />
      {!quote.data && <Asking quote={quote} />}
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        {quote.data && (
          <GoButton
            quote={quote.data}
            at={plan.isLater ? time.at : undefined}
            timeZone={timeZone}
            isBusy={start.isPending}
            onPress={go}
          />
        )}
      </Group>
    </Stack>
  );
}

interface GoProps {
  quote: CampaignQuote;
  /** The time to send at. Null while no time is chosen; undefined means now. */
  at: Date | null | undefined;
  timeZone: string;
  isBusy: boolean;
  onPress: (quote: CampaignQuote) => void;
}

function GoButton({ quote, at, timeZone, isBusy, onPress }: GoProps) {
  const price = priceOf(quote, useCurrency());
  const messages = counted(quote.recipients, "message");
  const isNow = at === undefined;
  const lacksMoney = isNow && !quote.balanceCovers;
  const words = at ? `Schedule for ${clockTime(at, timeZone)}` : "Schedule";
  return (
    <>
      <Button
        onClick={() => onPress(quote)}
        loading={isBusy}
        disabled={quote.recipients === 0 || lacksMoney || at === null}
      >
        {isNow ? `Send ${messages}` : words}
      </Button>
      <Text size="sm" c="dimmed" className="figures">
        {lacksMoney
          ? `The balance does not cover ${price}.`
          : isNow
            ? `For ${price}.`
            : `${messages} for ${price}, paid when they are sent.`}
      </Text>
    </>
  );
}

interface Plan {
  isLater: boolean;
  local: string;
}

/** The choices so far, stored in this browser. They begin with those of the stored campaign. */
function usePlan(campaignId: string, scheduleAt: string | null, timeZone: string) {
  const [typed, setTyped, forget] = useDraft<Partial<Plan> | null>(
    `campaign-time:${campaignId}`,
    null,
  );
  const latest = useMemo(() => {
    const at = new Date();
    at.setFullYear(at.getFullYear() + YEARS_AHEAD);
    return { at, words: "two years ahead" };
  }, []);
  const stored = scheduleAt ? localOf(new Date(scheduleAt), timeZone) : "";
  const plan = { isLater: scheduleAt !== null, local: stored, ...typed };
  return {
    ...plan,
    bounds: { isFuture: true, latest },
    change: (changes: Partial<Plan>) => setTyped({ ...typed, ...changes }),
    forget,
  };
}
