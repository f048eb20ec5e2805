import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { formatCount } from "@/shared/number";
import { useRefresh } from "./refresh";

const HOUR_MS = 3_600_000;
const SPANS = [
  { value: "1", label: "The last hour" },
  { value: "24", label: "The last day" },
  { value: "168", label: "The last 7 days" },
  { value: "720", label: "The last 30 days" },
];
const WHICH = [
  { value: "failed", label: "Those that failed" },
  { value: "all", label: "All, also those that were delivered" },
];

interface Props {
  endpointId: string;
  onClose: () => void;
}

/** Deliver the events of some time again. */
export function ReplaySince({ endpointId, onClose }: Props) {
  const refresh = useRefresh();
  const [hours, setHours] = useState("24");
  const [which, setWhich] = useState("failed");
  const replay = useMutation({
    mutationFn: async () => {
      const start = new Date(Date.now() - Number(hours) * HOUR_MS).toISOString();
      const status = which === "failed" ? "failed" : null;
      return replayAll(endpointId, start, status);
    },
    onSuccess: (number) => {
      refresh();
      notifications.show({ message: `${formatCount(number)} events are delivered again.` });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title="Deliver events again">
      <Stack gap="md">
        <FormBanner problem={replay.error ? asProblem(replay.error) : null} />
        <Select
          label="Since"
          data={SPANS}
          value={hours}
          allowDeselect={false}
          onChange={(chosen) => setHours(chosen ?? hours)}
        />
        <Select
          label="Which"
          data={WHICH}
          value={which}
          allowDeselect={false}
          onChange={(chosen) => setWhich(chosen ?? which)}
        />
        <Text size="sm" c="dimmed">
          Each keeps its webhook-id, so your server can tell that it has seen it.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={replay.isPending} onClick={() => replay.mutate()}>
            Deliver again
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Replay page by page, and return how many were replayed. */
async function replayAll(
  endpointId: string,
  start: string,
  status: "failed" | null,
): Promise<number> {
  let since: string | null = start;
  let number = 0;
  while (since !== null) {
    const answer: { replayed: number; since: string | null } = (
      await api.POST("/api/webhooks/endpoints/{endpointId}/replay", {
        params: { path: { endpointId } },
        body: { since, ...(status ? { status } : {}) },
      })
    ).data ?? { replayed: 0, since: null };
    number += answer.replayed;
    since = answer.since === since ? null : answer.since;
  }
  return number;
}
