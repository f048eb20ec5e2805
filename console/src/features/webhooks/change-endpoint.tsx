import type { WebhookEndpoint } from "@generated/api";
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { asProblem } from "@/client/problem";
import { conflictOf, useBase } from "@/client/use-base";
import type { Shown } from "@/client/versions";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { FormBanner, showFieldErrors } from "@/shared/form";
import { EndpointFields, type EndpointValues, RULES, shownFields } from "./endpoint-fields";
import {
  formOf,
  LABELS,
  type Settings,
  settingsOf,
  shownOf,
  useChange,
  wordsOf,
} from "./use-change";

interface Props {
  endpoint: WebhookEndpoint;
  onClose: () => void;
}

/** Change the address of an endpoint, the events that it gets, and how fast it gets them. */
export function ChangeEndpoint({ endpoint, onClose }: Props) {
  const edited = useBase(shownOf(endpoint));
  const base = edited.base ?? shownOf(endpoint);
  const form = useForm<EndpointValues>({
    initialValues: formOf(base.values),
    validate: RULES,
  });
  const change = useChange(endpoint.id, onClose);
  const conflict = conflictOf<Settings>(change.error);
  const save = (values: EndpointValues, from: Shown<Settings>) =>
    change.mutate(
      { settings: settingsOf(values), base: from },
      { onError: (error) => showFieldErrors(form, asProblem(error)) },
    );
  return (
    <Modal opened onClose={onClose} title="Change the endpoint">
      <form noValidate onSubmit={form.onSubmit((values) => save(values, base))}>
        <Stack gap="md">
          {conflict ? (
            <ChangedMeanwhile
              labels={LABELS}
              base={base}
              mine={settingsOf(form.values)}
              conflict={conflict}
              isBusy={change.isPending}
              write={wordsOf}
              onKeepMine={() => save(form.values, edited.over(conflict))}
              onTakeTheirs={() => {
                edited.take(conflict);
                form.setValues(formOf(conflict.latest.values));
                change.reset();
              }}
            />
          ) : (
            <FormBanner
              problem={change.error ? asProblem(change.error) : null}
              fields={shownFields(form)}
            />
          )}
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
