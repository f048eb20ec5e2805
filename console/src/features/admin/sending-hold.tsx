import type { SendingQueue, SendingState } from "@generated/api";
import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { Loaded } from "@/shared/loaded";
import { counted } from "@/shared/number";
import { RelativeTime } from "@/shared/time";
import { ReasonDialog } from "./reason-dialog";

const ASK_EVERY_MS = 15_000;

/** Whether the sending of all organisations is held, and the button that changes it. */
export function SendingHold() {
  const state = queries.useQuery(
    "get",
    "/api/admin/sending",
    {},
    { refetchInterval: ASK_EVERY_MS },
  );
  const [isAsking, setAsking] = useState(false);
  return (
    <Stack gap="xs" component="section" aria-label="Sending">
      <Title order={2}>Sending</Title>
      <Loaded query={state} rows={2}>
        {(known) => (
          <>
            {known.held && <Held state={known} />}
            <Group justify="space-between">
              <Text size="sm">{waiting(known.queue)}</Text>
              <Button variant={known.held ? "filled" : "default"} onClick={() => setAsking(true)}>
                {known.held ? "Release all sending" : "Hold all sending"}
              </Button>
            </Group>
            {isAsking && <HoldDialog state={known} onClose={() => setAsking(false)} />}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Held({ state }: { state: SendingState }) {
  return (
    <Alert color="red" title="All sending is on hold" role="status">
      {state.heldSince && (
        <>
          An operator stopped it <RelativeTime at={state.heldSince} />:{" "}
        </>
      )}
      {state.reason}
    </Alert>
  );
}

function HoldDialog({ state, onClose }: { state: SendingState; onClose: () => void }) {
  const cache = useQueryClient();
  const path = state.held ? "/api/admin/sending/release" : "/api/admin/sending/hold";
  return (
    <ReasonDialog
      title={state.held ? "Release all sending?" : "Hold the sending of all organisations?"}
      confirmLabel={state.held ? "Release all sending" : "Hold all sending"}
      isDestructive={!state.held}
      act={async (reason, headers) => (await api.POST(path, { body: { reason }, headers })).data}
      onDone={(changed) => {
        void cache.invalidateQueries({ queryKey: ["get", "/api/admin/sending"] });
        notifications.show({
          message: changed?.held ? "All sending is on hold." : "All organisations may send again.",
        });
        onClose();
      }}
      onClose={onClose}
    >
      {state.held ? (
        `What waits is sent now: ${counted(state.queue.due, "message")} at once.`
      ) : (
        <List size="sm" spacing={4}>
          <List.Item>Within a second, no organisation sends.</List.Item>
          <List.Item>Accepted messages and campaigns wait until you release them.</List.Item>
          <List.Item>New messages are refused and not charged.</List.Item>
        </List>
      )}
    </ReasonDialog>
  );
}

function waiting({ due, deferred, paused, unknown }: SendingQueue): string {
  return `${counted(due, "message")} due now, ${deferred} due later, ${paused} of paused campaigns, ${unknown} with an unknown outcome.`;
}
