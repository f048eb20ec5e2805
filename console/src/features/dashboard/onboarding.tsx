import type { OnboardingStep, Onboarding as Steps } from "@generated/api";
import { Button, Group, List, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { Check, Circle, Clock, type LucideIcon, TriangleAlert } from "lucide-react";
import { useUser } from "@/client/use-session";
import { TextLink } from "@/shared/links";
import { RelativeTime } from "@/shared/time";
import { nextOf, PLACES, type StepPlace } from "./steps";

interface Look {
  icon: LucideIcon;
  colour: string;
}

const TODO: Look = { icon: Circle, colour: "gray" };
const LOOKS: Record<string, Look> = {
  done: { icon: Check, colour: "teal" },
  todo: TODO,
  waiting: { icon: Clock, colour: "blue" },
  blocked: { icon: TriangleAlert, colour: "orange" },
};

/**
 * The steps to the first delivered text, computed from the organisation's state. They can be
 * hidden.
 */
export function Onboarding({ onboarding }: { onboarding: Steps }) {
  const user = useUser();
  const [isHidden, setHidden] = useLocalStorage({
    key: `smsblaster-onboarding-hidden:${user.orgId}`,
    defaultValue: false,
  });
  const { steps } = onboarding;
  const done = steps.filter(({ state }) => state === "done").length;
  if (isHidden) {
    return (
      <div>
        <Button variant="subtle" size="compact-sm" onClick={() => setHidden(false)}>
          Show the first steps ({done} of {steps.length} done)
        </Button>
      </div>
    );
  }
  const next = nextOf(steps);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2}>
          First steps: {done} of {steps.length} done
        </Title>
        <Button variant="subtle" size="compact-sm" onClick={() => setHidden(true)}>
          Hide
        </Button>
      </Group>
      <List spacing={8} listStyleType="none">
        {steps.map((step) => (
          <Step key={step.kind} step={step} isNext={step === next} />
        ))}
      </List>
    </Stack>
  );
}

function Step({ step, isNext }: { step: OnboardingStep; isNext: boolean }) {
  const { icon: Icon, colour } = LOOKS[step.state] ?? TODO;
  const place = PLACES[step.kind];
  const isDone = step.state === "done";
  return (
    <List.Item
      icon={
        <ThemeIcon size={22} radius="xl" variant="light" color={colour}>
          <Icon size={14} aria-hidden />
        </ThemeIcon>
      }
    >
      <Text size="sm" c={isDone ? "dimmed" : undefined} fw={isNext ? 600 : undefined}>
        <StepName place={place} kind={step.kind} isDone={isDone} />
        {isDone && <span className="visually-hidden"> – done</span>}
        {isNext && " – next"}
      </Text>
      {isNext && place && (
        <Text size="sm" c="dimmed">
          {place.why}
        </Text>
      )}
      {step.state === "waiting" && (
        <Text size="sm" c="dimmed">
          In review{" "}
          {step.since && (
            <>
              since <RelativeTime at={step.since} />
            </>
          )}
          . {place?.howLong}
        </Text>
      )}
      {step.state === "blocked" && (
        <Text size="sm" c="red">
          It was refused. Correct it and submit it again.
        </Text>
      )}
    </List.Item>
  );
}

interface NameProps {
  place: StepPlace | undefined;
  kind: string;
  isDone: boolean;
}

/** The name of a step, linked to the screen where it is done. */
function StepName({ place, kind, isDone }: NameProps) {
  if (place === undefined) return kind;
  if (isDone || place.to === null) return place.name;
  return (
    <TextLink to={place.to} inherit underline="always">
      {place.name}
    </TextLink>
  );
}
