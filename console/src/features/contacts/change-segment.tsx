import type { ContactList } from "@generated/api";
import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useMemo } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { conflictOf } from "@/client/use-base";
import type { Shown } from "@/client/versions";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { Loaded } from "@/shared/loaded";
import { useContactLists } from "@/shared/use-contact-lists";
import { useTimeZone } from "@/shared/use-organisation";
import type { ContactSearch } from "./search";
import { useChangeList } from "./use-change-list";
import { filterWords, searchOfFilter } from "./words";

interface Props {
  id: string;
  /** The version that the change began with, or undefined if it begins now. */
  version: number | undefined;
  /** The filter as it is chosen on the page. */
  filter: ContactSearch;
  /** Begins with this version and filter. */
  onBegin: (version: number, filter: ContactSearch) => void;
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

function Bar({ segment, filter, onClose, ...begin }: Props & { segment: ContactList }) {
  const [base, setBase, forget] = useBegun(segment, begin);
  const timeZone = useTimeZone();
  const lists = useContactLists();
  const nameOfList = (id: string) =>
    lists.data?.items.find((list) => list.id === id)?.name ?? "another list";
  const close = () => {
    forget();
    onClose();
  };
  const save = useChangeList(segment.id, filteredOf, () => {
    notifications.show({ message: "The segment has the new filters." });
    close();
  });
  const conflict = conflictOf<Values>(save.error);
  const submit = (from: Shown<Values>) => save.mutate({ values: { filter }, base: from });
  return (
    <Stack gap="xs">
      {conflict ? (
        <ChangedMeanwhile
          labels={LABELS}
          base={base}
          mine={{ filter }}
          conflict={conflict}
          isBusy={save.isPending}
          onKeepMine={() => submit({ ...base, version: conflict.latest.version })}
          onTakeTheirs={() => {
            setBase(conflict.latest);
            begin.onBegin(conflict.latest.version, conflict.latest.values.filter);
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
        <Button size="xs" loading={save.isPending} onClick={() => submit(base)}>
          Save the filters
        </Button>
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}

/**
 * The stored filter that the change began with. It is kept in this browser: after a reload the
 * filters of the page are compared with it, not with what a colleague has stored in the meantime.
 */
function useBegun(segment: ContactList, { version, onBegin }: Pick<Props, "version" | "onBegin">) {
  const [kept, keep, forget] = useDraft<Shown<Values> | null>(`segment:${segment.id}`, null);
  const stored = useMemo(() => filteredOf(segment), [segment]);
  const isBegun = kept !== null && kept.version === version;
  useEffect(() => {
    if (isBegun) return;
    keep(stored);
    onBegin(stored.version, stored.values.filter);
  }, [isBegun, keep, onBegin, stored]);
  return [isBegun ? kept : stored, keep, forget] as const;
}

/** Return the filter of a segment with its version. */
function filteredOf({ version, filter }: ContactList): Shown<Values> {
  return { version, values: { filter: filter ? searchOfFilter(filter) : {} } };
}
