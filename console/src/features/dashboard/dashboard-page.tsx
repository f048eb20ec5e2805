import type { Dashboard } from "@generated/api";
import { Alert, Grid, Stack } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { lazy, Suspense } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ButtonLink } from "@/shared/links";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { Age } from "@/shared/time";
import { Conversations } from "./conversations";
import { Onboarding } from "./onboarding";
import { Running } from "./running";
import { Tasks, tasksOf } from "./tasks";
import { Week } from "./week";

const MonthChart = lazy(() => import("./month-chart"));

/** The dashboard: tasks, running campaigns, and the figures of the last week. */
export function DashboardPage() {
  const dashboard = queries.useQuery("get", "/api/dashboard");
  const send = <ButtonLink to="/send">Send a text</ButtonLink>;
  return (
    <Screen title="Dashboard" actions={send}>
      {dashboard.data ? (
        <Parts dashboard={dashboard.data} />
      ) : dashboard.error ? (
        <Failing problem={asProblem(dashboard.error)} onRetry={() => void dashboard.refetch()} />
      ) : (
        <LoadingRows rows={6} />
      )}
    </Screen>
  );
}

function Parts({ dashboard }: { dashboard: Dashboard }) {
  const tasks = tasksOf(dashboard);
  const { onboarding, campaigns, week, weekBefore, conversations, failedParts } = dashboard;
  return (
    <Stack gap="xl">
      <Age at={Date.parse(dashboard.asOf)} />
      {failedParts.length > 0 && (
        <Alert color="orange" icon={<CircleAlert aria-hidden />}>
          Some figures can't be read at the moment: {failedParts.join(", ")}. They will appear as
          soon as they can be read.
        </Alert>
      )}
      {tasks.length > 0 && <Tasks tasks={tasks} />}
      {onboarding && !onboarding.complete && <Onboarding onboarding={onboarding} />}
      {campaigns && <Running campaigns={campaigns} />}
      {week && <Week week={week} before={weekBefore} balance={dashboard.balance} />}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 8 }}>
          {dashboard.days.length > 0 && (
            <Suspense fallback={<LoadingRows rows={5} />}>
              <MonthChart days={dashboard.days} />
            </Suspense>
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          {conversations && <Conversations waiting={conversations} />}
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
