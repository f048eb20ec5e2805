import { FileInput, Stack, Text } from "@mantine/core";
import { FileUp } from "lucide-react";

/** The first step: choose a file. */
export function ChooseFile({ onChosen }: { onChosen: (file: File) => void }) {
  return (
    <Stack gap="xs" maw={560}>
      <FileInput
        label="File"
        placeholder="Choose a CSV file"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        leftSection={<FileUp size={16} aria-hidden />}
        onChange={(file) => file && onChosen(file)}
      />
      <Text size="sm" c="dimmed">
        Up to 100 MB. The first row names the columns; one of them holds phone numbers. Nothing is
        imported before you have checked the columns.
      </Text>
    </Stack>
  );
}
