import type { DeadLetter } from "@generated/api";
import { Code, Drawer, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Folded } from "@/shared/folded";
import { TextLink } from "@/shared/links";
import { Failing, LoadingRows } from "@/shared/states";
import { exactTime } from "@/shared/time";
import styles from "../admin.module.css";
import { LetterAction } from "./letter-action";
import { LetterState } from "./letter-state";

interface Props {
  id: string;
  /** The dead letter, if the list has loaded it. */
  known: DeadLetter | undefined;
  onClose: () => void;
}

/**
 * A dead letter. Its content is read only when somebody unfolds it, because reading is audited.
 */
export function LetterPanel({ id, known, onClose }: Props) {
  const [isRead, setRead] = useState(false);
  const detail = queries.useQuery(
    "get",
    "/api/admin/dead-letters/{id}",
    { params: { path: { id } } },
    { enabled: isRead, staleTime: Number.POSITIVE_INFINITY },
  );
  const letter = known ?? detail.data?.letter;
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title="Dead letter">
      <Stack gap="lg">
        {letter && <Facts letter={letter} />}
        <Folded label="Content (reading it is audited)" onOpen={() => setRead(true)}>
          {detail.data ? (
            <pre className={styles.json}>
              {detail.data.content
                ? JSON.stringify(detail.data.content, null, 2)
                : `The content can't be decoded. In base64:\n${detail.data.payload}`}
            </pre>
          ) : detail.error ? (
            <Failing problem={asProblem(detail.error)} onRetry={() => void detail.refetch()} />
          ) : (
            <LoadingRows rows={3} />
          )}
        </Folded>
        {letter && <Actions letter={letter} />}
      </Stack>
    </Drawer>
  );
}

function Facts({ letter }: { letter: DeadLetter }) {
  const { consumer, subject, messageId, error, attempts, status, orgId } = letter;
  return (
    <dl className={styles.facts}>
      <dt>State</dt>
      <dd>
        <LetterState status={status} />
      </dd>
      <dt>Consumer</dt>
      <dd>{consumer}</dd>
      <dt>Subject</dt>
      <dd>{subject}</dd>
      <dt>Message</dt>
      <dd>
        <Code>{messageId}</Code>
      </dd>
      <dt>Organisation</dt>
      <dd>
        {orgId ? (
          <TextLink to="/admin/users" search={{ orgId }}>
            {orgId}
          </TextLink>
        ) : (
          "None, or unknown"
        )}
      </dd>
      <dt>Attempts</dt>
      <dd>{attempts}</dd>
      <dt>Given up</dt>
      <dd>{exactTime(new Date(letter.createdAt))}</dd>
      <When label="Failed last" at={letter.lastFailedAt} />
      <When label="Replayed" at={letter.replayedAt} />
      <When label="Discarded" at={letter.discardedAt} />
      <When label="Resolved" at={letter.resolvedAt} />
      <dt>Error</dt>
      <dd className={styles.error}>{error}</dd>
    </dl>
  );
}

function When({ label, at }: { label: string; at: string | null }) {
  if (at === null) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>{exactTime(new Date(at))}</dd>
    </>
  );
}

/** The actions for a dead letter. If an action is not possible, it says why. */
function Actions({ letter }: { letter: DeadLetter }) {
  const isOfJob = letter.subject.startsWith("item.");
  const canReplay = !isOfJob && (letter.status === "waiting" || letter.status === "replayed");
  const canDiscard = letter.status === "waiting";
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <LetterAction kind="replay" letter={letter} isAllowed={canReplay} />
        <LetterAction kind="discard" letter={letter} isAllowed={canDiscard} />
      </Group>
      <Text size="sm" c="dimmed">
        {whyNot(letter, isOfJob)}
      </Text>
    </Stack>
  );
}

function whyNot({ status }: DeadLetter, isOfJob: boolean): string {
  if (status === "discarded") return "It was discarded, so it can't be replayed.";
  if (status === "resolved") return "It was handled meanwhile. There is nothing to do.";
  if (status === "replayed") return "It was replayed. You can replay it again.";
  if (isOfJob) return "The job tries this item again by itself, even after you discard it.";
  return "";
}
