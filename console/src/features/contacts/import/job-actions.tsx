import type { ImportJob } from "@generated/api";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { DownloadButton } from "@/shared/download-button";
import { formatCount } from "@/shared/number";

/**
 * Download the rows that were left out, with the reasons, to correct them and import them again.
 */
export function FailedRows({ jobId }: { jobId: string }) {
  return (
    <DownloadButton path={`/api/contacts/import-jobs/${jobId}/failed-rows`}>
      Download these rows as CSV
    </DownloadButton>
  );
}

/** Stop a running import. What it has imported so far stays. */
export function CancelImport({ job }: { job: ImportJob }) {
  const [isOpen, dialog] = useDisclosure(false);
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () =>
      api.POST("/api/contacts/import-jobs/{id}/cancel", { params: { path: { id: job.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts/import-jobs/{id}"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts/import-jobs"] });
      dialog.close();
    },
  });
  return (
    <div>
      <Button size="xs" variant="default" onClick={dialog.open}>
        Cancel the import
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title="Cancel this import?"
        confirmLabel="Cancel the import"
        isDestructive
        isBusy={cancel.isPending}
        problem={cancel.error ? asProblem(cancel.error) : null}
        onConfirm={() => cancel.mutate()}
      >
        The {formatCount(job.created + job.updated)} contacts that were created or updated stay as
        they are. The other rows are not read.
      </Confirm>
    </div>
  );
}
