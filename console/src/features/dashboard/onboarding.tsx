import type { OnboardingStep, Onboarding as Steps } from "@generated/api";
import { Button, Group, List, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { Check, Circle, Clock, type LucideIcon, TriangleAlert } from "lucide-react";
import { useUser } from "@/client/use-session";
import { RelativeTime } from "@/shared/time";

const WORDS: Record<string, string> = {
  email: "Verify your email address",
  account: "Create your sending account",
  balance: "Add funds",
  number: "Get a phone number",
  registration: "Register with the US carriers",
  contacts: "Add contacts",
  first_delivery: "Get the first text delivered",
};

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

/** The steps to the first delivered text, computed from facts. It can be put away. */
export function Onboarding({ onboarding }: { onboarding: Steps }) {
  const user = useUser();
  const [isHidden, setHidden] = useLocalStorage({
    key: `smsblaster-onboarding-hidden:${user.orgId}`,
    defaultValue: false,
  });
  if (isHidden) {
    return (
      <div>
        <Button variant="subtle" size="compact-sm" onClick={() => setHidden(false)}>
          Show the first steps
        </Button>
      </div>
    );
  }
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2}>First steps</Title>
        <Button variant="subtle" size="compact-sm" onClick={() => setHidden(true)}>
          Hide
        </Button>
      </Group>
      <List spacing={6} center listStyleType="none">
        {onboarding.steps.map((step) => (
          <Step key={step.kind} step={step} />
        ))}
      </List>
    </Stack>
  );
}

function Step({ step }: { step: OnboardingStep }) {
  const { icon: Icon, colour } = LOOKS[step.state] ?? TODO;
  return (
    <List.Item
      icon={
        <ThemeIcon size={22} radius="xl" variant="light" color={colour}>
          <Icon size={14} aria-hidden />
        </ThemeIcon>
      }
    >
      <Text size="sm" c={step.state === "done" ? "dimmed" : undefined}>
        {WORDS[step.kind] ?? step.kind}
        {step.state === "done" && " – done"}
        {step.state === "waiting" && step.since && (
          <>
            {" – in review since "}
            <RelativeTime at={step.since} />
          </>
        )}
        {step.state === "blocked" && " – needs a correction"}
      </Text>
    </List.Item>
  );
}
