import type { SmsSummary as Summary } from "@generated/api";
import { SimpleGrid, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "@/client/problem";
import { counted, formatCount, formatShare } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";
import { useErrorCodes } from "@/shared/use-error-codes";
import styles from "./events.module.css";
import { OutcomeChart } from "./outcome-chart";
import { useSummary } from "./queries";
import { RetryAll } from "./retry-all";
import { typeName } from "./words";

const SHOWN_FAILURES = 5;
const STATUSES = ["queued", "sent", "delivered", "failed", "undelivered"] as const;

interface Props {
  eventId: string;
  canRetry: boolean;
  onOpen: (attendeeId: string) => void;
}

/** The texts of an event by status and type, and the attendees who were not reached. */
export function SmsSummary({ eventId, canRetry, onOpen }: Props) {
  const summary = useSummary(eventId);
  if (summary.data === undefined) {
    return summary.error ? (
      <Failing problem={asProblem(summary.error)} onRetry={() => void summary.refetch()} />
    ) : (
      <LoadingRows rows={2} />
    );
  }
  if (summary.data.total === 0) return null;
  return (
    <Stack gap="md">
      <Title order={2}>Texts</Title>
      <Cards summary={summary.data} />
      <Types byType={summary.data.byType} />
      <OutcomeChart summary={summary.data} />
      {summary.data.failedMessages.length > 0 && (
        <NotReached
          eventId={eventId}
          failed={summary.data.failedMessages}
          canRetry={canRetry}
          onOpen={onOpen}
        />
      )}
    </Stack>
  );
}

function Cards({ summary }: { summary: Summary }) {
  const { total, byStatus, deliveryRate } = summary;
  const known = byStatus.delivered + byStatus.failed + byStatus.undelivered;
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 7 }} spacing="sm">
      <Card label="Total">{formatCount(total)}</Card>
      <Card label="Delivery rate">{known === 0 ? "–" : formatShare(deliveryRate)}</Card>
      {STATUSES.map((status) => (
        <Card key={status} label={<StatusBadge status={status} size="sm" />}>
          {formatCount(byStatus[status])}
        </Card>
      ))}
    </SimpleGrid>
  );
}

function Card({ label, children }: { label: React.ReactNode; children: string }) {
  return (
    <div className={styles.figure}>
      <Text size="sm" c="dimmed" component="div">
        {label}
      </Text>
      <Text size="lg" fw={600} className="figures">
        {children}
      </Text>
    </div>
  );
}

function Types({ byType }: Pick<Summary, "byType">) {
  return (
    <ul className={styles.types} aria-label="Texts by type">
      {Object.entries(byType).map(([type, count]) => (
        <li key={type} data-none={count === 0}>
          {typeName(type)} <b className="figures">{formatCount(count)}</b>
        </li>
      ))}
    </ul>
  );
}

interface NotReachedProps {
  eventId: string;
  failed: Summary["failedMessages"];
  canRetry: boolean;
  onOpen: (attendeeId: string) => void;
}

function NotReached({ eventId, failed, canRetry, onOpen }: NotReachedProps) {
  const [isWhole, setWhole] = useState(false);
  const codes = useErrorCodes();
  const titleOf = (code: string) => {
    const title = codes.data?.items.find((known) => String(known.code) === code)?.title;
    return title ? `${title} (${code})` : `Error ${code}`;
  };
  const shown = isWhole ? failed : failed.slice(0, SHOWN_FAILURES);
  return (
    <Stack gap="xs">
      <Title order={3}>Failed: {counted(failed.length, "text")}</Title>
      <ul className={styles.failed}>
        {shown.map(({ id, attendeeId, attendeeName, errorCode, createdAt }) => (
          <li key={id}>
            <UnstyledButton onClick={() => onOpen(attendeeId)} className={styles.attendeeLink}>
              <bdi>{attendeeName}</bdi>
            </UnstyledButton>
            <Text size="xs" c="dimmed" component="span">
              {errorCode && `${titleOf(errorCode)} · `}
              <RelativeTime at={createdAt} />
            </Text>
          </li>
        ))}
      </ul>
      {failed.length > SHOWN_FAILURES && !isWhole && (
        <UnstyledButton className={styles.attendeeLink} onClick={() => setWhole(true)}>
          Show all {formatCount(failed.length)}
        </UnstyledButton>
      )}
      {canRetry && <RetryAll eventId={eventId} />}
    </Stack>
  );
}
