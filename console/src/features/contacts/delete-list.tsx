import type { ContactList } from "@generated/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { counted } from "@/shared/number";

interface Props {
  list: ContactList;
  onClose: () => void;
}

/**
 * Ask before a list is deleted. The API refuses it while campaigns need the list, and names them.
 */
export function DeleteList({ list, onClose }: Props) {
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/contact-lists/{id}", { params: { path: { id: list.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete the list “${list.name}”?`}
      confirmLabel="Delete the list"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      Its {counted(list.memberCount, "contact")} and their messages stay. Draft campaigns for this
      list will need another list.
    </Confirm>
  );
}
