import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Checked } from "@/shared/import/checked";
import { Columns } from "@/shared/import/columns";
import { formOf } from "@/shared/import/form-data";
import { useImportPreview } from "@/shared/import/use-preview";
import { Failing, LoadingRows } from "@/shared/states";

interface Props {
  file: File;
  onBack: () => void;
  onStarted: (jobId: string) => void;
}

/** The second step: what each column holds. The API suggests it and checks the first rows. */
export function MapColumns({ file, onBack, onStarted }: Props) {
  const [mapping, setMapping] = useState<Record<string, string> | null>(null);
  const [listId, setListId] = useState<string | null>(null);
  const preview = useImportPreview(file, mapping);
  const start = useStart(file, onStarted);
  if (preview.data === undefined) {
    return preview.error ? (
      <Stack>
        <Failing problem={asProblem(preview.error)} onRetry={() => void preview.refetch()} />
        <div>
          <Button variant="default" onClick={onBack}>
            Choose another file
          </Button>
        </div>
      </Stack>
    ) : (
      <LoadingRows rows={5} />
    );
  }
  const chosen = mapping ?? preview.data.suggestedMapping;
  const hasPhone = Object.values(chosen).includes("phone");
  return (
    <Stack gap="md">
      <FormBanner problem={start.error ? asProblem(start.error) : null} />
      <Columns preview={preview.data} mapping={chosen} onChange={setMapping} />
      <Checked preview={preview.data} />
      <ListChoice value={listId} onChange={setListId} />
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Choose another file
        </Button>
        <Button
          disabled={!hasPhone}
          loading={start.isPending}
          onClick={() => start.mutate({ mapping: chosen, listId: listId ?? undefined })}
        >
          Import the contacts
        </Button>
        {!hasPhone && <Text size="sm">Choose the column that holds the phone numbers.</Text>}
      </Group>
    </Stack>
  );
}

interface ListChoiceProps {
  value: string | null;
  onChange: (listId: string | null) => void;
}

function ListChoice({ value, onChange }: ListChoiceProps) {
  const lists = queries.useQuery("get", "/api/contact-lists");
  return (
    <Select
      label="Add them to a list"
      placeholder="No list"
      maw={320}
      data={(lists.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      clearable
      clearButtonProps={{ "aria-label": "Add them to no list" }}
    />
  );
}

interface Order {
  mapping: Record<string, string>;
  listId: string | undefined;
}

function useStart(file: File, onStarted: (jobId: string) => void) {
  const intent = useIntent();
  return useMutation({
    mutationFn: async ({ mapping, listId }: Order) => {
      const fields = { mapping: JSON.stringify(mapping), listId };
      const { data } = await api.POST("/api/contacts/import-jobs", {
        body: { file: "" },
        bodySerializer: formOf(file, fields),
        headers: intent.headers([file.name, file.size, file.lastModified, fields]),
      });
      return data;
    },
    onSuccess: (job) => {
      intent.done();
      if (job) onStarted(job.id);
    },
  });
}
