import type { WebhookEndpoint } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { CreateEndpoint } from "./create-endpoint";
import { endpointLook, eventsOf } from "./words";

/** The addresses on customers' own servers that are called when something happens. */
export function WebhooksPage() {
  return (
    <ManagersOnly title="Webhooks">
      <Endpoints />
    </ManagersOnly>
  );
}

function Endpoints() {
  const [isCreating, creating] = useDisclosure(false);
  const endpoints = queries.useInfiniteQuery("get", "/api/webhooks/endpoints", {}, PAGES);
  const create = <Button onClick={creating.open}>New endpoint</Button>;
  return (
    <Screen
      title="Webhooks"
      description={
        <>
          Your own servers are told what happens to texts, contacts and campaigns.{" "}
          <TextLink to="/settings/webhooks/listeners" size="sm" underline="always">
            Listeners
          </TextLink>{" "}
          are told without a public address.
        </>
      }
      actions={create}
    >
      <Table
        caption="Webhook endpoints"
        columns={COLUMNS}
        rows={endpoints.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={endpoints.error ? asProblem(endpoints.error) : null}
        onRetry={() => void endpoints.refetch()}
        empty={
          <Empty action={create}>
            An endpoint is an address on your server. It is called, with a signature, as soon as a
            text is delivered or answered, somebody opts out, or a campaign ends.
          </Empty>
        }
      />
      <ListFooter query={endpoints} />
      {isCreating && <CreateEndpoint onClose={creating.close} />}
    </Screen>
  );
}

const COLUMNS: Column<WebhookEndpoint>[] = [
  {
    label: "Address",
    isTitle: true,
    cell: ({ id, url, description }) => (
      <div>
        <TextLink to="/settings/webhooks/$endpointId" params={{ endpointId: id }}>
          {url}
        </TextLink>
        {description !== "" && (
          <Text size="sm" c="dimmed">
            {description}
          </Text>
        )}
      </div>
    ),
  },
  { label: "Gets", cell: (endpoint) => eventsOf(endpoint) },
  {
    label: "State",
    cell: (endpoint) => {
      const { tone, icon, word } = endpointLook(endpoint);
      return (
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      );
    },
  },
  { label: "Created", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];
