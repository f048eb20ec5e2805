import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { useRefresh } from "./refresh";
import { type Progress, replayRest } from "./replay";

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

/** The dialog that delivers all events since a chosen time again. */
export function ReplaySince({ endpointId, onClose }: Props) {
  const refresh = useRefresh();
  const intent = useIntent();
  const [hours, setHours] = useState("24");
  const [which, setWhich] = useState("failed");
  // After an error the next press goes on from here. It does not deliver the first pages once more.
  const progress = useRef<Progress | null>(null);
  const replay = useMutation({
    mutationFn: async () => {
      const start = new Date(Date.now() - Number(hours) * HOUR_MS).toISOString();
      progress.current ??= { since: start, replayed: 0 };
      const status = which === "failed" ? "failed" : null;
      return replayRest(endpointId, status, progress.current, intent);
    },
    onSuccess: (replayed) => {
      refresh();
      notifications.show({ message: `Delivering ${counted(replayed, "event")} again.` });
      onClose();
    },
  });
  const choose = (set: (value: string) => void) => (chosen: string | null) => {
    if (chosen === null) return;
    progress.current = null;
    set(chosen);
  };
  return (
    <Modal opened onClose={onClose} title="Deliver events again">
      <Stack gap="md">
        <FormBanner problem={replay.error ? asProblem(replay.error) : null} />
        <Select
          label="Since"
          data={SPANS}
          value={hours}
          allowDeselect={false}
          onChange={choose(setHours)}
        />
        <Select
          label="Which"
          data={WHICH}
          value={which}
          allowDeselect={false}
          onChange={choose(setWhich)}
        />
        <Text size="sm" c="dimmed">
          Each event keeps its webhook-id, so your server can tell that it has seen the event
          before.
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
