import type { WebhookEndpoint } from "@generated/api";
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ifUnchanged } from "@/client/versions";
import { FormBanner, showFieldErrors } from "@/shared/form";
import { EndpointFields, type EndpointValues, RULES } from "./endpoint-fields";
import { useRefresh } from "./refresh";
import type { EventType } from "./words";

/** Change what an endpoint gets, and where. */
export function ChangeEndpoint({
  endpoint,
  onClose,
}: {
  endpoint: WebhookEndpoint;
  onClose: () => void;
}) {
  const refresh = useRefresh();
  const form = useForm<EndpointValues>({
    initialValues: {
      url: endpoint.url,
      description: endpoint.description,
      isForAll: endpoint.eventTypes.length === 0,
      eventTypes: endpoint.eventTypes as EventType[],
      maxPerSecond: endpoint.maxPerSecond ?? "",
    },
    validate: RULES,
  });
  const change = useMutation({
    mutationFn: async ({ isForAll, eventTypes, maxPerSecond, ...more }: EndpointValues) =>
      api.PATCH("/api/webhooks/endpoints/{id}", {
        params: { path: { id: endpoint.id } },
        headers: ifUnchanged(endpoint.version),
        body: {
          ...more,
          eventTypes: isForAll ? [] : eventTypes,
          maxPerSecond: maxPerSecond === "" ? null : maxPerSecond,
        },
      }),
    onSuccess: () => {
      refresh();
      onClose();
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <Modal opened onClose={onClose} title="Change the endpoint">
      <form noValidate onSubmit={form.onSubmit((values) => change.mutate(values))}>
        <Stack gap="md">
          <FormBanner problem={change.error ? asProblem(change.error) : null} />
          <EndpointFields form={form} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
