import type { MessagingService, PhoneNumber } from "@generated/api";
import { Alert, Button, Code, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { capabilityWords } from "@/shared/capabilities";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { Phone } from "@/shared/phone";
import { Failing, LoadingRows } from "@/shared/states";
import { type Column, Table } from "@/shared/table";

const ROUTE = "/api/twilio/messaging-services";

/** The messaging service: its settings and its numbers. */
export function MessagingServicePart({ canChange }: { canChange: boolean }) {
  const service = queries.useQuery("get", ROUTE, {}, { retry: false });
  const problem = service.error ? asProblem(service.error) : null;
  return (
    <Stack gap="md" component="section" aria-label="Messaging service">
      <div>
        <Title order={2}>Messaging service</Title>
        <Text size="sm" c="dimmed">
          It sends all texts, and chooses the number for each of them.
        </Text>
      </div>
      {service.data ? (
        <>
          <Settings service={service.data} canChange={canChange} />
          <Numbers service={service.data} canChange={canChange} />
        </>
      ) : problem?.status === 404 ? (
        <Missing />
      ) : problem ? (
        <Failing problem={problem} onRetry={() => void service.refetch()} />
      ) : (
        <LoadingRows rows={3} />
      )}
    </Stack>
  );
}

function Missing() {
  return (
    <Alert color="blue" icon={<CircleAlert aria-hidden />} title="There is no service yet">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">It is created when you set up sending.</Text>
        <ButtonLink to="/numbers">Set up sending</ButtonLink>
      </Stack>
    </Alert>
  );
}

interface Props {
  service: MessagingService;
  canChange: boolean;
}

type Changes = Partial<Pick<MessagingService, "stickySender" | "smartEncoding">>;

function Settings({ service, canChange }: Props) {
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: async (body: Changes) => {
      const params = { path: { sid: service.sid } };
      return (await api.PATCH("/api/twilio/messaging-services/{sid}", { params, body })).data;
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ["get", ROUTE] }),
  });
  const isLocked = !canChange || change.isPending;
  const shown = { ...service, ...(change.isPending ? change.variables : {}) };
  return (
    <Stack gap="sm" maw={640}>
      <FormBanner problem={change.error ? asProblem(change.error) : null} />
      <Switch
        label="Same number for the same person"
        description="Somebody you have texted before gets the next text from the same number. On their phone it is one conversation."
        checked={shown.stickySender}
        disabled={isLocked}
        onChange={(event) => change.mutate({ stickySender: event.currentTarget.checked })}
      />
      <Switch
        label="Replace characters that make texts more expensive"
        description="Curly quotes, long dashes and the like are sent as straight quotes and hyphens: a segment then holds 160 characters instead of 70."
        checked={shown.smartEncoding}
        disabled={isLocked}
        onChange={(event) => change.mutate({ smartEncoding: event.currentTarget.checked })}
      />
      <Text size="xs" c="dimmed">
        {service.campaignSid
          ? "It is linked with your registration at the US carriers. "
          : "It is not linked with a registration at the US carriers yet. "}
        For support: <Code>{service.sid}</Code>
      </Text>
    </Stack>
  );
}

function Numbers({ service, canChange }: Props) {
  const numbers = queries.useQuery("get", "/api/twilio/numbers");
  const add = useAdd(service.sid);
  const rows = numbers.data?.items;
  const isIn = ({ messagingServiceSid }: PhoneNumber) => messagingServiceSid === service.sid;
  const columns: Column<PhoneNumber>[] = [
    { label: "Number", isTitle: true, cell: ({ phoneNumber }) => <Phone number={phoneNumber} /> },
    { label: "Capabilities", cell: ({ capabilities }) => capabilityWords(capabilities) },
    {
      label: "In the service",
      cell: (number) =>
        isIn(number) ? (
          "Yes"
        ) : canChange ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={add.isPending && add.variables === number.sid}
            onClick={() => add.mutate(number.sid)}
          >
            Add to the service
          </Button>
        ) : (
          "No"
        ),
    },
  ];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={3}>Numbers of the service</Title>
        <ButtonLink to="/numbers" variant="default" size="xs">
          Buy or release numbers
        </ButtonLink>
      </Group>
      <FormBanner problem={add.error ? asProblem(add.error) : null} />
      <Table
        caption="Numbers of the messaging service"
        columns={columns}
        rows={rows}
        keyOf={({ id }) => id}
        problem={numbers.error ? asProblem(numbers.error) : null}
        onRetry={() => void numbers.refetch()}
        empty={<Text c="dimmed">It has no number yet, so nothing can be sent.</Text>}
      />
    </Stack>
  );
}

function useAdd(sid: string) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (phoneSid: string) => {
      const params = { path: { sid } };
      const body = { phoneSid };
      const headers = intent.headers(body);
      const route = "/api/twilio/messaging-services/{sid}/numbers";
      return (await api.POST(route, { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/twilio/numbers"] });
    },
  });
}
