import type { BulkActionInput } from "@generated/api";
import { Select, TagsInput } from "@mantine/core";
import { queries } from "@/client/client";
import { useContactLists } from "@/shared/use-contact-lists";

/** The tags or the list that a bulk change needs. */
export interface Choice {
  tags?: string[];
  listId?: string;
}

/** Return whether the tags or the list that the change needs have been chosen. */
export function isComplete(action: BulkActionInput, { tags = [], listId }: Choice): boolean {
  if (action.endsWith("_tags")) return tags.length > 0;
  if (action.endsWith("_list")) return listId !== undefined;
  return true;
}

interface Props {
  action: BulkActionInput;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** The fields for the tags or the list of a change. */
export function ChooseTagsOrList({ action, choice, onChange }: Props) {
  const tags = queries.useQuery("get", "/api/tags");
  const lists = useContactLists();
  if (action.endsWith("_tags")) {
    return (
      <TagsInput
        label="Tags"
        description="Press Enter after each tag."
        data={(tags.data?.items ?? []).map(({ name }) => name)}
        value={choice.tags ?? []}
        onChange={(chosen) => onChange({ tags: chosen })}
      />
    );
  }
  if (!action.endsWith("_list")) return null;
  const own = (lists.data?.items ?? []).filter((list) => list.filter === null);
  return (
    <Select
      label="List"
      placeholder={lists.data && own.length === 0 ? "There is no list yet" : "Choose a list"}
      data={own.map(({ id, name }) => ({ value: id, label: name }))}
      value={choice.listId ?? null}
      onChange={(listId) => onChange({ listId: listId ?? undefined })}
      searchable
    />
  );
}
