import { Checkbox, FileInput, SimpleGrid, Stack, Text, Textarea } from "@mantine/core";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { ColumnTable } from "@/shared/import/column-table";
import { mappedTo } from "@/shared/import/mapping";
import { counted, formatCount } from "@/shared/number";
import { MOST_NUMBERS } from "../numbers";
import { choicesFor, PHONE } from "./columns";
import { textOfFile, UnreadableFile } from "./read-file";
import type { Personal } from "./use-personal";

const SHOWN_VALUES = 3;
const EXAMPLE = "Phone, Name, Order\n+1 415 555 0142, Ada, 1042\n+1 212 555 0155, Bruno, 1043";

/** The people as a table that is pasted, typed or read from a file, and what its columns hold. */
export function PeoplePart({ personal }: { personal: Personal }) {
  const { draft, change, table, mapping, isTooMany, people, send } = personal;
  const columns = table.headers.map((header, at) => ({
    header,
    values: table.rows.slice(0, SHOWN_VALUES).map(({ cells }) => cells[at] ?? ""),
  }));
  return (
    <Stack gap="sm">
      <Textarea
        label="People"
        description={`Paste cells from a spreadsheet, or type a line for each person with commas between the columns. The first line names the columns. Up to ${formatCount(MOST_NUMBERS)} people.`}
        placeholder={EXAMPLE}
        autosize
        minRows={4}
        maxRows={10}
        value={draft.table}
        onChange={(event) => change({ table: event.currentTarget.value })}
        disabled={send.isPending}
        error={
          isTooMany &&
          `${counted(people.length, "person", "people")}. Import them as contacts, and send a campaign.`
        }
        inputWrapperOrder={["label", "description", "input", "error"]}
      />
      <PickFile onRead={(text) => change({ table: text, mapping: null })} />
      {table.rows.length > 0 && (
        <ColumnTable
          caption="Columns of the table"
          columns={columns}
          mapping={mapping}
          choicesFor={(header) => choicesFor(table.headers, mapping, header)}
          unused="Not used"
          clearLabel="Do not use this column"
          onChange={(header, held) => change({ mapping: mappedTo(mapping, header, held) })}
        />
      )}
      <Hint personal={personal} />
      {table.rows.length > 0 && (
        <Checkbox
          label="Also text people with an empty cell"
          description="Their text leaves the value out. Otherwise they get the value of the contact, or no text."
          checked={draft.allowEmpty}
          onChange={(event) => change({ allowEmpty: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}

function PickFile({ onRead }: { onRead: (text: string) => void }) {
  const [error, setError] = useState<string | null>(null);
  const read = async (file: File | null) => {
    if (file === null) return;
    try {
      onRead(await textOfFile(file));
      setError(null);
    } catch (reason) {
      const isKnown = reason instanceof UnreadableFile;
      setError(isKnown ? reason.message : "The file could not be read. Pick it again.");
    }
  };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <FileInput
        aria-label="Or pick a CSV file with the people"
        placeholder="Or pick a CSV file"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        leftSection={<FileUp size={16} aria-hidden />}
        // Picking the same file again after a change must read it again.
        value={null}
        onChange={(file) => void read(file)}
        error={error}
      />
    </SimpleGrid>
  );
}

/** What was found in the table, or what is missing. */
function Hint({ personal: { table, mapping, people, leftOut } }: { personal: Personal }) {
  if (table.headers.length === 0) return null;
  const hasPhone = table.headers.some((header) => mapping[header] === PHONE);
  return (
    <Text size="sm" c={hasPhone ? "dimmed" : undefined} role="status">
      {table.rows.length === 0
        ? "The table has only the names of its columns. Add a row for each person."
        : hasPhone
          ? `${counted(people.length + leftOut.length, "person", "people")} in the table.`
          : "Choose the column that holds the phone numbers."}
    </Text>
  );
}
