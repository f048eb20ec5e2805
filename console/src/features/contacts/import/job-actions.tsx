import type { ImportJob } from "@generated/api";
import { Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { Confirm } from "@/shared/confirm";
import { saveFile } from "@/shared/download";
import { formatCount } from "@/shared/number";

/** Download the rows that were left out, with the reason of each, to be put right and sent again. */
export function FailedRows({ jobId }: { jobId: string }) {
  const download = useMutation({
    mutationFn: async () => {
      const { data } = await api.GET("/api/contacts/import-jobs/{id}/failed-rows", {
        params: { path: { id: jobId } },
        parseAs: "blob",
      });
      if (data instanceof Blob) saveFile(data, "rows-to-correct.csv");
    },
  });
  const downloadOnce = useSingle(download);
  return (
    <Group gap="xs">
      {download.error && (
        <Text size="sm" role="alert">
          {asProblem(download.error).message}
        </Text>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<Download size={14} aria-hidden />}
        loading={download.isPending}
        onClick={() => downloadOnce()}
      >
        Download these rows as CSV
      </Button>
    </Group>
  );
}

/** Stop an import that runs. What it has imported until then stays. */
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
        deed="Cancel the import"
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
