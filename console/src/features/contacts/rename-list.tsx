import type { ContactList } from "@generated/api";
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { asProblem } from "@/client/problem";
import { conflictOf, useBase } from "@/client/use-base";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { useChangeList } from "./use-change-list";

interface Props {
  list: ContactList;
  onClose: () => void;
}

interface Values {
  name: string;
}

const LABELS = { name: "Name" };

/** Give a list or a segment another name. */
export function RenameList({ list, onClose }: Props) {
  const edited = useBase<Values>(namedOf(list));
  const form = useForm({ mode: "uncontrolled", initialValues: { name: list.name } });
  const rename = useChangeList(list.id, namedOf, onClose);
  const conflict = conflictOf<Values>(rename.error);
  const submit = (values: Values, base = edited.base ?? namedOf(list)) =>
    rename.mutate(
      { values, base },
      { onError: (error) => showFieldErrors(form, asProblem(error)) },
    );
  return (
    <Modal opened onClose={onClose} title={`Rename ${list.name}`}>
      <form noValidate onSubmit={form.onSubmit((values) => submit(values))}>
        <Stack gap="md">
          {conflict && edited.base ? (
            <ChangedMeanwhile
              labels={LABELS}
              base={edited.base}
              mine={form.getValues()}
              conflict={conflict}
              isBusy={rename.isPending}
              onKeepMine={() => submit(form.getValues(), edited.over(conflict))}
              onTakeTheirs={() => {
                edited.take(conflict);
                form.setValues(conflict.latest.values);
                rename.reset();
              }}
            />
          ) : (
            <FormBanner
              problem={rename.error ? asProblem(rename.error) : null}
              fields={fieldsOf(form)}
            />
          )}
          <TextInput
            label={LABELS.name}
            maxLength={100}
            data-autofocus
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={rename.isPending}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const namedOf = ({ version, name }: ContactList) => ({ version, values: { name } });
