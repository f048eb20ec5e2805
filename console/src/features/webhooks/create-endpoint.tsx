import { Button, Group, Modal, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, showFieldErrors } from "@/shared/form";
import { SecretDialog } from "@/shared/secret-dialog";
import { EndpointFields, type EndpointValues, RULES, shownFields } from "./endpoint-fields";
import { SECRET_WORDS } from "./words";

/** Create an endpoint and show its secret once. */
export function CreateEndpoint({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const form = useForm<EndpointValues>({
    initialValues: { url: "", description: "", isForAll: true, eventTypes: [], maxPerSecond: "" },
    validate: RULES,
  });
  // The answer is not stored by the API, so another press makes another endpoint.
  const create = useMutation({
    mutationFn: async ({ isForAll, eventTypes, maxPerSecond, ...more }: EndpointValues) => {
      const body = {
        ...more,
        eventTypes: isForAll ? [] : eventTypes,
        ...(maxPerSecond === "" ? {} : { maxPerSecond }),
      };
      return (await api.POST("/api/webhooks/endpoints", { body })).data;
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: ["get", "/api/webhooks/endpoints"] }),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  if (create.data) {
    const { endpoint, secret } = create.data;
    return (
      <SecretDialog
        title="The secret of your endpoint"
        secret={secret}
        onClose={() => {
          onClose();
          void navigate({
            to: "/settings/webhooks/$endpointId",
            params: { endpointId: endpoint.id },
          });
        }}
      >
        {SECRET_WORDS}
      </SecretDialog>
    );
  }
  return (
    <Modal opened onClose={onClose} title="New endpoint">
      <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack gap="md">
          <FormBanner
            problem={create.error ? asProblem(create.error) : null}
            fields={shownFields(form)}
          />
          <EndpointFields form={form} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create the endpoint
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
