import type { ContactList } from "@generated/api";
import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { conflictOf, useBase } from "@/client/use-base";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { FormBanner } from "@/shared/form";
import { Loaded } from "@/shared/loaded";
import { useContactLists } from "@/shared/use-contact-lists";
import { useTimeZone } from "@/shared/use-organisation";
import type { ContactSearch } from "./search";
import { useChangeList } from "./use-change-list";
import { filterWords, searchOfFilter } from "./words";

interface Props {
  id: string;
  filter: ContactSearch;
  /** Shows other filters on the page. */
  onFilter: (filter: ContactSearch) => void;
  onClose: () => void;
}

interface Values {
  filter: ContactSearch;
}

const LABELS = { filter: "Filters" };

/** The bar above the contacts, shown while the filter of a segment is being changed. */
export function ChangeSegment(props: Props) {
  const params = { path: { id: props.id } };
  const list = queries.useQuery("get", "/api/contact-lists/{id}", { params });
  return (
    <Loaded query={list} rows={1}>
      {(segment) => <Bar segment={segment} {...props} />}
    </Loaded>
  );
}

function Bar({ segment, filter, onFilter, onClose }: Props & { segment: ContactList }) {
  const edited = useBase<Values>(filteredOf(segment));
  const timeZone = useTimeZone();
  const lists = useContactLists();
  const nameOfList = (id: string) =>
    lists.data?.items.find((list) => list.id === id)?.name ?? "another list";
  const save = useChangeList(segment.id, filteredOf, () => {
    notifications.show({ message: "The segment has the new filters." });
    onClose();
  });
  const conflict = conflictOf<Values>(save.error);
  const submit = (base = edited.base ?? filteredOf(segment)) =>
    save.mutate({ values: { filter }, base });
  return (
    <Stack gap="xs">
      {conflict && edited.base ? (
        <ChangedMeanwhile
          labels={LABELS}
          base={edited.base}
          mine={{ filter }}
          conflict={conflict}
          isBusy={save.isPending}
          onKeepMine={() => submit(edited.over(conflict))}
          onTakeTheirs={() => {
            edited.take(conflict);
            onFilter(conflict.latest.values.filter);
            save.reset();
          }}
          write={(_, value) => filterWords(value, nameOfList, timeZone)}
        />
      ) : (
        <FormBanner problem={save.error ? asProblem(save.error) : null} />
      )}
      <Group gap="xs">
        <Text size="sm" dir="auto">
          Choose the filters of the segment <b>{segment.name}</b>, then save them.
        </Text>
        <Button size="xs" loading={save.isPending} onClick={() => submit()}>
          Save the filters
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}

/** Return the filter of a segment with its version. */
function filteredOf({ version, filter }: ContactList) {
  return { version, values: { filter: filter ? searchOfFilter(filter) : {} } };
}
