import type { ImportAttendeesResponse } from "@generated/api";
import { Button, FileInput, Group, Modal, Stack, Text } from "@mantine/core";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Checked } from "@/shared/import/checked";
import { Columns } from "@/shared/import/columns";
import { ErrorTable } from "@/shared/import/error-table";
import type { Mapping } from "@/shared/import/mapping";
import { useImportPreview } from "@/shared/import/use-preview";
import { TextLink } from "@/shared/links";
import { counted } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import { useUpload } from "./use-upload";

interface Props {
  eventId: string;
  onClose: () => void;
}

/** Add attendees from a CSV file, and show the result for its rows. */
export function ImportDialog({ eventId, onClose }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const [outcome, setOutcome] = useState<ImportAttendeesResponse | null>(null);
  return (
    <Modal opened onClose={onClose} title="Add attendees from a file" size="xl">
      {outcome ? (
        <Outcome outcome={outcome} onClose={onClose} />
      ) : file ? (
        <MapColumns
          key={`${file.name}-${file.lastModified}`}
          eventId={eventId}
          file={file}
          onBack={() => setFile(null)}
          onDone={setOutcome}
        />
      ) : (
        <ChooseFile onChoose={setFile} onClose={onClose} />
      )}
    </Modal>
  );
}

interface ChooseProps {
  onChoose: (file: File | null) => void;
  onClose: () => void;
}

function ChooseFile({ onChoose, onClose }: ChooseProps) {
  return (
    <Stack gap="md">
      <FileInput
        label="File"
        placeholder="Choose a CSV file"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        leftSection={<FileUp size={16} aria-hidden />}
        onChange={onChoose}
      />
      <Text size="sm" c="dimmed">
        The first row names the columns, such as Phone, First name and Last name. The people become
        contacts too, on a list of their own. People who are invited already are skipped.
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}

interface MapProps {
  eventId: string;
  file: File;
  onBack: () => void;
  onDone: (outcome: ImportAttendeesResponse) => void;
}

/** What each column holds. The API suggests it and checks the first rows. */
function MapColumns({ eventId, file, onBack, onDone }: MapProps) {
  const [mapping, setMapping] = useState<Mapping | null>(null);
  const preview = useImportPreview(file, mapping);
  const upload = useUpload(eventId, file, onDone);
  const chosen = mapping ?? preview.data?.suggestedMapping;
  const hasPhone = chosen !== undefined && Object.values(chosen).includes("phone");
  return (
    <Stack gap="md">
      <FormBanner problem={upload.error ? asProblem(upload.error) : null} />
      {preview.data && chosen ? (
        <>
          <Columns preview={preview.data} mapping={chosen} onChange={setMapping} />
          <Checked preview={preview.data} />
        </>
      ) : preview.error ? (
        <Failing problem={asProblem(preview.error)} onRetry={() => void preview.refetch()} />
      ) : (
        <LoadingRows rows={4} />
      )}
      <Group justify="flex-end" gap="xs">
        {preview.data && !hasPhone && (
          <Text size="sm">Choose the column that holds the phone numbers.</Text>
        )}
        <Button variant="default" onClick={onBack}>
          Choose another file
        </Button>
        <Button
          loading={upload.isPending}
          disabled={!hasPhone}
          onClick={() => chosen && upload.mutate(chosen)}
        >
          Add the people in the file
        </Button>
      </Group>
    </Stack>
  );
}

interface OutcomeProps {
  outcome: ImportAttendeesResponse;
  onClose: () => void;
}

function Outcome({ outcome, onClose }: OutcomeProps) {
  const { created, skipped, errors, listId, optedOut, incomplete } = outcome;
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {counted(created, "attendee")} added, {counted(skipped, "row")} skipped because they were
        invited already.
        {incomplete > 0 && ` ${counted(incomplete, "attendee")} lack a cell that can't be read.`}
        {optedOut > 0 && ` ${counted(optedOut, "contact")} opted out by the file.`}{" "}
        <TextLink to="/contacts" search={{ listId }} size="sm" underline="always">
          Show the contacts
        </TextLink>
      </Text>
      {errors.length > 0 && (
        <ErrorTable caption="Rows that could not be imported" errors={errors} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
