import { Group, Select, TextInput } from "@mantine/core";
import { useContactLists } from "@/shared/use-contact-lists";

const NEW = "new";
const LONGEST_NAME = 100;

/** The list that the contacts of a file are put on: a new one by its name, one by its id, or none. */
export type TargetList = { newName: string } | { id: string } | null;

/** Return the list that is offered: a new one with the name of the file. */
export function newListFor(fileName: string): TargetList {
  const name = fileName
    .replace(/\.[^.]+$/, "")
    .replace(/[_-]+/g, " ")
    .trim();
  return { newName: (name || fileName).slice(0, LONGEST_NAME) };
}

/** Whether a list is chosen as far as needed. */
export function isComplete(list: TargetList): boolean {
  return list === null || "id" in list || list.newName.trim() !== "";
}

interface Props {
  value: TargetList;
  onChange: (list: TargetList) => void;
  /** Why the name of a new list was not accepted. */
  error: string | undefined;
}

/** Choose the list. A campaign is sent to a list, so a new one is offered first. */
export function ListChoice({ value, onChange, error }: Props) {
  const lists = useContactLists();
  const own = (lists.data?.items ?? []).filter(({ filter }) => filter === null);
  const chosen = value === null ? null : "id" in value ? value.id : NEW;
  const choose = (id: string | null) =>
    onChange(id === null ? null : id === NEW ? { newName: "" } : { id });
  return (
    <Group align="flex-start" gap="sm">
      <Select
        label="Add the contacts to a list"
        description="A campaign goes to a list."
        placeholder="No list"
        w={280}
        data={[
          { value: NEW, label: "A new list" },
          ...own.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        value={chosen}
        onChange={choose}
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Add them to no list" }}
      />
      {value !== null && "newName" in value && (
        <TextInput
          label="Name of the new list"
          description="Only your organisation sees it."
          w={280}
          maxLength={LONGEST_NAME}
          value={value.newName}
          onChange={(event) => onChange({ newName: event.currentTarget.value })}
          error={error}
        />
      )}
    </Group>
  );
}
