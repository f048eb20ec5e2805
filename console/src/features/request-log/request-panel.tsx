import type { LoggedRequest } from "@generated/api";
import { Anchor, Button, Code, CopyButton, Drawer, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { Failing, LoadingRows } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { exactTime } from "@/shared/time";
import { useKnownTimeZone } from "@/shared/use-organisation";
import styles from "./request-log.module.css";
import { responseLook, sizeOf } from "./words";

interface Props {
  requestId: string;
  /** The request, if the list has it. */
  listed: LoggedRequest | undefined;
  onClose: () => void;
}

/** One request: what was asked, and what was answered. */
export function RequestPanel({ requestId, listed, onClose }: Props) {
  const found = queries.useQuery(
    "get",
    "/api/request-log/{requestId}",
    { params: { path: { requestId } } },
    { enabled: listed === undefined },
  );
  const request = listed ?? found.data;
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title="Request">
      {request ? (
        <Detail request={request} />
      ) : found.error ? (
        <Failing problem={asProblem(found.error)} onRetry={() => void found.refetch()} />
      ) : (
        <LoadingRows rows={5} />
      )}
    </Drawer>
  );
}

function Detail({ request }: { request: LoggedRequest }) {
  const timeZone = useKnownTimeZone();
  return (
    <Stack gap="lg">
      <RequestId id={request.requestId} />
      <dl className={styles.facts}>
        <Fact name="Request">
          <Code>
            {request.method} {request.path}
          </Code>
        </Fact>
        <Fact name="Route">
          <TextLink to="/settings/request-log" search={{ route: request.route }}>
            {request.route}
          </TextLink>
        </Fact>
        <Fact name="When">{exactTime(new Date(request.createdAt), timeZone)}</Fact>
        <Caller request={request} />
        <Fact name="Address">{request.address}</Fact>
        {request.idempotencyKey && <Fact name="Idempotency-Key">{request.idempotencyKey}</Fact>}
        <Fact name="Fields sent">{request.fields.join(", ") || "–"}</Fact>
        <Fact name="Size">{sizeOf(request.requestBytes)}</Fact>
      </dl>
      <Answer request={request} />
    </Stack>
  );
}

function Answer({ request }: { request: LoggedRequest }) {
  const { tone, icon, word } = responseLook(request);
  return (
    <section aria-label="Response">
      <Text fw={600} mb="xs">
        Answer
      </Text>
      <dl className={styles.facts}>
        <Fact name="Status">
          <Badge tone={tone} icon={icon}>
            {word}
          </Badge>
        </Fact>
        {request.code && (
          <Fact name="Meaning">
            <Anchor href={`/api/problems/${request.code}`} target="_blank" rel="noreferrer">
              What {request.code} means, and what to do
            </Anchor>
          </Fact>
        )}
        {request.detail && <Fact name="Detail">{request.detail}</Fact>}
        {request.faults.length > 0 && (
          <Fact name="Fields at fault">{request.faults.join(", ")}</Fact>
        )}
        {request.replayed && (
          <Fact name="Replayed">This answer had been given before, for the same key.</Fact>
        )}
        <Fact name="Duration">{request.durationMs} ms</Fact>
        <Fact name="Size">{sizeOf(request.responseBytes)}</Fact>
      </dl>
    </section>
  );
}

function Caller({ request }: { request: LoggedRequest }) {
  const { apiKeyId, apiKeyName, userName } = request;
  return (
    <>
      {apiKeyId && (
        <Fact name="API key">
          <TextLink to="/settings/request-log" search={{ apiKeyId }}>
            {apiKeyName ?? apiKeyId}
          </TextLink>
        </Fact>
      )}
      <Fact name={apiKeyId ? "Acts for" : "Person"}>{userName ?? "A former member"}</Fact>
    </>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <Group gap="xs" align="center">
      <Text size="sm" c="dimmed">
        Request id
      </Text>
      <Code className={styles.id}>{id}</Code>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-sm" onClick={copy}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
