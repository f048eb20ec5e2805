import type { Dashboard, DashboardTask } from "@generated/api";
import { Alert, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { TextLink } from "@/shared/links";

const PLACES: Readonly<Record<string, { to: string; words: string } | undefined>> = {
  registration_rejected: { to: "/registration", words: "Correct the registration" },
  low_balance: { to: "/billing", words: "Add funds" },
};

/**
 * Return the tasks that nothing else on the screen names. The banner of each screen names the
 * unverified address, and the first steps name the first payment.
 */
export function tasksOf({ tasks, onboarding }: Pick<Dashboard, "tasks" | "onboarding">) {
  const isUnpaid = onboarding?.steps.some(
    ({ kind, state }) => kind === "balance" && state !== "done",
  );
  const isSaid = ({ kind }: DashboardTask) =>
    kind === "email_not_verified" || (kind === "low_balance" && isUnpaid);
  return tasks.filter((task) => !isSaid(task));
}

/** The tasks that need a decision, each with a link. */
export function Tasks({ tasks }: { tasks: DashboardTask[] }) {
  return (
    <Stack gap="xs">
      <Title order={2}>Needs your decision</Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {tasks.map((task) => (
          <Alert
            key={`${task.kind}-${task.campaignId}`}
            color="orange"
            icon={<CircleAlert aria-hidden />}
          >
            <Text size="sm">{task.message}</Text>
            <Way task={task} />
          </Alert>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Way({ task }: { task: DashboardTask }) {
  const place = PLACES[task.kind];
  if (task.campaignId) {
    return (
      <TextLink to="/campaigns/$campaignId" params={{ campaignId: task.campaignId }} size="sm">
        Open the campaign
      </TextLink>
    );
  }
  if (place === undefined) return null;
  return (
    <TextLink to={place.to} size="sm">
      {place.words}
    </TextLink>
  );
}
