import type { AttendeeImportError, ImportAttendeesResponse } from "@generated/api";
import { Button, FileInput, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { counted } from "@/shared/number";
import { type Column, Table } from "@/shared/table";
import { useStaleEvents } from "./queries";

const COLUMNS: Column<AttendeeImportError>[] = [
  { label: "Line", isTitle: true, cell: ({ row }) => `Line ${row}` },
  { label: "Column", cell: ({ column, field }) => column || field },
  { label: "What is wrong", cell: ({ message }) => message },
];

interface Props {
  eventId: string;
  onClose: () => void;
}

/** Add attendees from a CSV file, and show the result for its rows. */
export function ImportDialog({ eventId, onClose }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const upload = useUpload(eventId);
  return (
    <Modal opened onClose={onClose} title="Add attendees from a file" size="lg">
      <Stack gap="md">
        <FormBanner problem={upload.error ? asProblem(upload.error) : null} />
        {upload.data ? (
          <Outcome outcome={upload.data} />
        ) : (
          <>
            <FileInput
              label="File"
              placeholder="Choose a CSV file"
              accept=".csv,.txt,.tsv,text/csv,text/plain"
              leftSection={<FileUp size={16} aria-hidden />}
              value={file}
              onChange={setFile}
              clearable
            />
            <Text size="sm" c="dimmed">
              The first row names the columns, such as Phone, First name and Last name. The people
              become contacts too, on a list of their own. Who is invited already is skipped.
            </Text>
          </>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {upload.data ? "Close" : "Cancel"}
          </Button>
          {!upload.data && (
            <Button
              loading={upload.isPending}
              disabled={file === null}
              onClick={() => file && upload.mutate(file)}
            >
              Add the people in the file
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Outcome({ outcome }: { outcome: ImportAttendeesResponse }) {
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
        <Table
          caption="Rows that could not be imported"
          columns={COLUMNS}
          rows={errors}
          keyOf={({ row, field, column }) => `${row}-${field}-${column}`}
          onRetry={() => undefined}
          empty={null}
        />
      )}
    </Stack>
  );
}

function useUpload(eventId: string) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async (file: File) => {
      const content = [file.name, file.size, file.lastModified];
      const form = new FormData();
      form.append("file", file);
      const params = { path: { eventId } };
      const { data } = await api.POST("/api/events/{eventId}/attendees/import", {
        params,
        headers: intent.headers(content),
        body: { file: "" },
        bodySerializer: () => form,
      });
      return data;
    },
    onSuccess: () => {
      intent.done();
      refresh();
    },
  });
}
