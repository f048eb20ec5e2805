import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { counted } from "@/shared/number";
import { Badge } from "@/shared/status-badge";
import { clockTime, RelativeTime } from "@/shared/time";
import { useKnownTimeZone } from "@/shared/use-organisation";
import { useLink } from "./queries";
import { Reasons } from "./reasons";
import styles from "./registration.module.css";
import { FORM_STEPS, type Step } from "./search";
import { Summary } from "./summary";
import { type Half, missingIn, type Registration } from "./use-registration";
import { reviewLook, reviewSentence } from "./words";

/** The state of the registration: its two parts, each with the next step. */
export function Overview({ registration }: { registration: Registration }) {
  const { brand, campaign, company, useCase, isRegistered } = registration;
  return (
    <Stack gap="xl" maw={720}>
      <Text>
        {isRegistered
          ? "You can text people in the US from your local numbers."
          : "Texts to the US from local numbers are blocked until both parts are approved."}
      </Text>
      {!registration.mayRegister && (
        <Text size="sm" c="dimmed">
          Owners and admins of your organisation fill this in. You can see the progress.
        </Text>
      )}
      <HalfView title="Your company" half={company} registration={registration} />
      <HalfView title="What you send" half={useCase} registration={registration}>
        {brand?.status === "approved" && campaign && campaign.status !== "failed" && (
          <LinkToService campaign={campaign} mayRegister={registration.mayRegister} />
        )}
      </HalfView>
    </Stack>
  );
}

interface HalfProps {
  title: string;
  half: Half;
  registration: Registration;
  children?: React.ReactNode;
}

function HalfView({ title, half, registration, children }: HalfProps) {
  const { review, reasons } = half;
  const look = review && reviewLook(review.status);
  return (
    <Stack gap="sm" className={styles.half}>
      <Group justify="space-between">
        <Title order={2}>{title}</Title>
        {look && (
          <Badge tone={look.tone} icon={look.icon}>
            {look.word}
          </Badge>
        )}
      </Group>
      {review ? (
        <>
          <Text size="sm">{reviewSentence(half.kind, review.status)}</Text>
          <Dates review={review} />
          <Reasons reasons={reasons} />
        </>
      ) : (
        <Text size="sm">{draftSentence(half, registration)}</Text>
      )}
      {children}
      <Next half={half} registration={registration} />
      {review && registration.mayRegister && <Submitted half={half} />}
    </Stack>
  );
}

function Dates({ review }: { review: NonNullable<Half["review"]> }) {
  const timeZone = useKnownTimeZone();
  return (
    <Text size="xs" c="dimmed">
      {review.submittedAt && (
        <>
          Submitted <RelativeTime at={review.submittedAt} />
        </>
      )}
      {review.approvedAt && `, approved ${clockTime(new Date(review.approvedAt), timeZone)}`}
    </Text>
  );
}

function draftSentence(half: Half, { mayRegister, brand }: Registration): string {
  if (!mayRegister) return "This is not submitted yet.";
  if (half.missing.length > 0) {
    return half.savedAt
      ? `This is a draft: ${counted(half.missing.length, "field")} missing.`
      : "This is not filled in yet.";
  }
  if (half.kind === "useCase" && brand?.status !== "approved") {
    return "This is filled in. You can submit it once your company is approved.";
  }
  return "This is filled in and can be submitted.";
}

/** The button for the next step, if there is one. */
function Next({ half, registration }: { half: Half; registration: Registration }) {
  if (!half.isOpen) return null;
  if (half.review) {
    return <StepButton step={stepToCorrect(half)}>Correct it</StepButton>;
  }
  if (half.missing.length === 0) return <StepButton step="check">Check and submit</StepButton>;
  const own: readonly Step[] =
    half.kind === "company" ? FORM_STEPS.slice(0, 2) : FORM_STEPS.slice(2);
  const step = own.find((name) => missingIn(registration, name).length > 0) ?? "check";
  return <StepButton step={step}>{half.savedAt ? "Continue" : "Fill it in"}</StepButton>;
}

function stepToCorrect(half: Half): Step {
  return half.kind === "company" ? "company" : "useCase";
}

function StepButton({ step, children }: { step: Step; children: string }) {
  return (
    <div>
      <ButtonLink variant="default" to="/registration" search={{ step }}>
        {children}
      </ButtonLink>
    </div>
  );
}

function Submitted({ half }: { half: Half }) {
  return (
    <details>
      <summary>
        <Text span size="sm" c="dimmed">
          What was submitted
        </Text>
      </summary>
      <Summary half={half} />
    </details>
  );
}

interface LinkProps {
  campaign: NonNullable<Registration["campaign"]>;
  mayRegister: boolean;
}

/**
 * A button that links the use case to the messaging service with the numbers. Without the link it
 * has no effect.
 */
function LinkToService({ campaign, mayRegister }: LinkProps) {
  const link = useLink(campaign);
  const linkOnce = useSingle(link);
  const { campaignSid } = campaign;
  if (campaign.linked || campaignSid === null) return null;
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">
        It is not linked to your numbers yet. Texts to the US are sent once it is linked and
        approved.
      </Text>
      <FormBanner problem={link.error ? asProblem(link.error) : null} />
      {mayRegister && (
        <Button loading={link.isPending} onClick={() => linkOnce(campaignSid)}>
          Link it to your numbers
        </Button>
      )}
    </Stack>
  );
}
