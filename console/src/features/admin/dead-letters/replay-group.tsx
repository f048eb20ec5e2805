import type { DeadLetterGroup, ReplayDeadLetterGroupResponse } from "@generated/api";
import { Alert, Button, Code, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { CheckCheck, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api } from "@/client/client";
import { counted, formatCount } from "@/shared/number";
import styles from "../admin.module.css";
import { ReasonDialog } from "../reason-dialog";
import { outcomeOf } from "./outcome";

/** The most dead letters that can be replayed at once. */
const MOST = 200;

interface Props {
  group: DeadLetterGroup;
  onClose: () => void;
}

/** Replay the dead letters of a group, and show the result for each. */
export function ReplayGroup({ group, onClose }: Props) {
  const [result, setResult] = useState<ReplayDeadLetterGroupResponse | null>(null);
  const cache = useQueryClient();
  const { consumer, error, count } = group;
  const wanted = Math.min(count, MOST);
  if (result) return <Result result={result} onClose={onClose} />;
  return (
    <ReasonDialog
      title={`Replay ${counted(wanted, "dead letter")} of ${consumer}?`}
      confirmLabel={`Replay ${counted(wanted, "dead letter")}`}
      act={async (reason, headers) => {
        const body = { consumer, error, reason, limit: wanted };
        return (await api.POST("/api/admin/dead-letters/groups/replay", { body, headers })).data;
      }}
      onDone={(answer) => {
        void cache.invalidateQueries({ queryKey: ["get", "/api/admin/dead-letters"] });
        void cache.invalidateQueries({ queryKey: ["get", "/api/admin/dead-letters/groups"] });
        if (answer) setResult(answer);
      }}
      onClose={onClose}
    >
      <Stack gap="xs">
        <div className={styles.error}>{error}</div>
        <Text size="sm">
          The dead letters are sent to their consumer again, the oldest first. A consumer ignores
          what it has handled before. If they fail again, they come back here.
        </Text>
        {count > wanted && (
          <Text size="sm">
            At most {formatCount(MOST)} are replayed at once; {formatCount(count - wanted)} stay.
          </Text>
        )}
      </Stack>
    </ReasonDialog>
  );
}

interface ResultProps {
  result: ReplayDeadLetterGroupResponse;
  onClose: () => void;
}

function Result({ result, onClose }: ResultProps) {
  const { isComplete, sentence, failed } = outcomeOf(result);
  return (
    <Modal opened onClose={onClose} title={isComplete ? "Replayed" : "Not all were replayed"}>
      <Stack gap="md">
        <Alert
          color={isComplete ? "teal" : "orange"}
          role="status"
          icon={isComplete ? <CheckCheck aria-hidden /> : <TriangleAlert aria-hidden />}
        >
          {sentence}
        </Alert>
        {failed.length > 0 && (
          <List size="sm" spacing={4} className={styles.results}>
            {failed.map(({ id, error }) => (
              <List.Item key={id}>
                <Code>{id}</Code> {error}
              </List.Item>
            ))}
          </List>
        )}
        <Text size="sm" c="dimmed">
          In a moment you can see whether the consumer has handled them: those that fail again come
          back.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
