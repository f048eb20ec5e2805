import type { Template } from "@generated/api";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ifUnchanged } from "@/client/versions";
import { Confirm } from "@/shared/confirm";
import { UsedBy } from "./used-by";

interface Props {
  template: Template;
  onDone: () => void;
}

/** Delete a template that no campaign needs any longer. */
export function DeleteTemplate({ template, onDone }: Props) {
  const [isOpen, dialog] = useDisclosure(false);
  const cache = useQueryClient();
  const params = { path: { id: template.id } };
  const latest = queries.useQuery(
    "get",
    "/api/templates/{id}",
    { params },
    { enabled: isOpen, placeholderData: template },
  );
  const version = latest.data?.version ?? template.version;
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/templates/{id}", { params, headers: ifUnchanged(version) }),
    onError: () => latest.refetch(),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/templates"] });
      onDone();
    },
  });
  const inUse = remove.error !== null && asProblem(remove.error).code === "template_in_use";
  return (
    <>
      <Button variant="subtle" color="red" onClick={dialog.open}>
        Delete
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title={`Delete the template “${template.name}”?`}
        confirmLabel="Delete the template"
        isDestructive
        isBusy={remove.isPending}
        problem={remove.error ? asProblem(remove.error) : null}
        onConfirm={() => remove.mutate()}
      >
        {inUse ? (
          <UsedBy templateId={template.id} />
        ) : (
          "Messages that were sent with it stay as they are."
        )}
      </Confirm>
    </>
  );
}
