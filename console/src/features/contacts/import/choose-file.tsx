import { Anchor, FileInput, Stack, Text } from "@mantine/core";
import { FileUp } from "lucide-react";
import { type DragEvent, useState } from "react";
import { csvOf } from "@/shared/csv";
import { saveFile } from "@/shared/download";
import styles from "./choose-file.module.css";

/** People of a sample file. The numbers belong to nobody. */
const SAMPLE = csvOf(
  ["Phone", "First name", "Last name", "Email", "Tags"],
  [
    ["(415) 555-0142", "Ada", "Okafor", "ada@example.com", "guest; vip"],
    ["(212) 555-0155", "Bruno", "Silva", "bruno@example.com", "guest"],
    ["(415) 555-3003", "Chen", "Wei", "", "guest"],
    ["(646) 555-0119", "Dora", "Novak", "dora@example.com", "press"],
  ],
);

/** The first step: choose a file. */
export function ChooseFile({ onChosen }: { onChosen: (file: File) => void }) {
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) onChosen(file);
  };
  return (
    <Stack gap="xs" maw={560}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the input within does the same */}
      <div
        className={styles.drop}
        data-over={isOver}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <FileInput
          label="File"
          placeholder="Choose a CSV file, or drop it here"
          accept=".csv,.txt,.tsv,text/csv,text/plain"
          leftSection={<FileUp size={16} aria-hidden />}
          onChange={(file) => file && onChosen(file)}
        />
      </div>
      <Text size="sm" c="dimmed">
        Up to 100 MB. The first row names the columns; one of them holds phone numbers. Nothing is
        imported before you have checked the columns.{" "}
        <Anchor
          component="button"
          type="button"
          size="sm"
          underline="always"
          onClick={() => saveFile(new Blob([SAMPLE], { type: "text/csv" }), "sample-contacts.csv")}
        >
          Download a sample file
        </Anchor>
      </Text>
    </Stack>
  );
}
