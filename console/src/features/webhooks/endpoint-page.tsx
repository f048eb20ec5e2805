import type { WebhookEndpoint } from "@generated/api";
import { Alert, Stack, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";
import { Deliveries } from "./deliveries";
import { EndpointActions } from "./endpoint-actions";
import styles from "./webhooks.module.css";
import { disabledWords, endpointLook, typesOf } from "./words";

const route = getRouteApi("/app/settings/webhooks/$endpointId");

/** One endpoint: what it gets, how it answers, and what was delivered to it. */
export function EndpointPage() {
  return (
    <ManagersOnly title="Webhook endpoint">
      <Endpoint />
    </ManagersOnly>
  );
}

function Endpoint() {
  const { endpointId } = route.useParams();
  const endpoint = queries.useQuery("get", "/api/webhooks/endpoints/{id}", {
    params: { path: { id: endpointId } },
  });
  const failing = endpoint.error && (
    <Failing problem={asProblem(endpoint.error)} onRetry={() => void endpoint.refetch()} />
  );
  if (failing && !endpoint.data) return <Screen title="Webhook endpoint">{failing}</Screen>;
  return (
    <Screen
      title="Webhook endpoint"
      description={<TextLink to="/settings/webhooks">All endpoints</TextLink>}
      actions={endpoint.data && <EndpointActions endpoint={endpoint.data} />}
    >
      {failing}
      {endpoint.data ? <Facts endpoint={endpoint.data} /> : <LoadingRows rows={3} />}
      <Stack gap="md" component="section" aria-label="Deliveries">
        <Title order={2}>Deliveries</Title>
        <Deliveries endpointId={endpointId} isEnabled={endpoint.data?.enabled ?? false} />
      </Stack>
    </Screen>
  );
}

function Facts({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { tone, icon, word } = endpointLook(endpoint);
  return (
    <Stack gap="md">
      {!endpoint.enabled && (
        <Alert color="gray" icon={<CircleAlert aria-hidden />} title="This endpoint is disabled">
          {disabledWords(endpoint)}
        </Alert>
      )}
      {endpoint.enabled && endpoint.failingSince && (
        <Alert color="red" icon={<CircleAlert aria-hidden />} title="All calls are failing">
          The failures began <RelativeTime at={endpoint.failingSince} />. The deliveries below say
          why. After five days the endpoint is disabled.
        </Alert>
      )}
      <dl className={styles.facts}>
        <dt>Address</dt>
        <dd>{endpoint.url}</dd>
        {endpoint.description !== "" && (
          <>
            <dt>What it is for</dt>
            <dd>{endpoint.description}</dd>
          </>
        )}
        <dt>State</dt>
        <dd>
          <Badge tone={tone} icon={icon}>
            {word}
          </Badge>
        </dd>
        <dt>Events</dt>
        <dd>{typesOf(endpoint)}</dd>
        {endpoint.maxPerSecond !== null && (
          <>
            <dt>Maximum calls per second</dt>
            <dd>{endpoint.maxPerSecond} from each delivery process</dd>
          </>
        )}
        {endpoint.oldSecretExpiresAt && (
          <>
            <dt>Old secret</dt>
            <dd>
              Stops signing <RelativeTime at={endpoint.oldSecretExpiresAt} />
            </dd>
          </>
        )}
        <dt>Created</dt>
        <dd>
          <RelativeTime at={endpoint.createdAt} />
        </dd>
      </dl>
    </Stack>
  );
}
