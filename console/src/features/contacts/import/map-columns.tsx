import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Checked } from "@/shared/import/checked";
import { Columns } from "@/shared/import/columns";
import { useImportPreview } from "@/shared/import/use-preview";
import { Failing, LoadingRows } from "@/shared/states";
import { isComplete, ListChoice, newListFor, type TargetList } from "./list-choice";
import { nameTaken, useStart } from "./use-start";

interface Props {
  file: File;
  onBack: () => void;
  onStarted: (jobId: string, listId: string | undefined) => void;
}

/**
 * The second step: say which field each column holds. The API suggests it and checks the first
 * rows.
 */
export function MapColumns({ file, onBack, onStarted }: Props) {
  const [mapping, setMapping] = useState<Record<string, string> | null>(null);
  const [list, setList] = useState<TargetList>(() => newListFor(file.name));
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
      <FormBanner
        problem={start.error && !nameTaken(start.error) ? asProblem(start.error) : null}
      />
      <Columns preview={preview.data} mapping={chosen} onChange={setMapping} />
      <Checked preview={preview.data} />
      <Text size="sm" c="dimmed">
        Existing contacts are updated: the values in the file replace the stored ones, empty cells
        change nothing, and tags are added. Opt-outs stay.
      </Text>
      <ListChoice value={list} onChange={setList} error={nameTaken(start.error)} />
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Choose another file
        </Button>
        <Button
          disabled={!hasPhone || !isComplete(list)}
          loading={start.isPending}
          onClick={() => start.mutate({ mapping: chosen, list })}
        >
          Import the contacts
        </Button>
        {!hasPhone && <Text size="sm">Choose the column that holds the phone numbers.</Text>}
      </Group>
    </Stack>
  );
}
