import type { ImportPreview } from "@generated/api";
import { Alert, Button, Group, List, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { FIELDS, fieldName } from "./fields";
import { formOf } from "./form-data";

const SHOWN_VALUES = 3;

interface Props {
  file: File;
  onBack: () => void;
  onStarted: (jobId: string) => void;
}

/**
 * The second step: say which field each column holds. The API suggests it and checks the first
 * rows.
 */
export function MapColumns({ file, onBack, onStarted }: Props) {
  const [mapping, setMapping] = useState<Record<string, string> | null>(null);
  const [listId, setListId] = useState<string | null>(null);
  const preview = usePreview(file, mapping);
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

interface ColumnsProps {
  preview: ImportPreview;
  mapping: Record<string, string>;
  onChange: (mapping: Record<string, string>) => void;
}

function Columns({ preview, mapping, onChange }: ColumnsProps) {
  const rows = preview.headers.map((header, index) => ({
    header,
    values: preview.sampleRows.slice(0, SHOWN_VALUES).map(({ cells }) => cells[index] ?? ""),
  }));
  const columns: Column<(typeof rows)[number]>[] = [
    { label: "Column", isTitle: true, cell: ({ header }) => header || "(no name)" },
    {
      label: "First values",
      cell: ({ values }) => (
        <Text size="sm" c="dimmed" lineClamp={2}>
          {values.filter(Boolean).join(" · ") || "–"}
        </Text>
      ),
    },
    {
      label: "Holds",
      cell: ({ header }) => (
        <Select
          aria-label={`What ${header} holds`}
          placeholder="Not imported"
          data={choicesFor(mapping, header)}
          value={mapping[header] ?? null}
          onChange={(field) => onChange(mappedTo(mapping, header, field))}
          clearable
          clearButtonProps={{ "aria-label": "Do not import this column" }}
        />
      ),
    },
  ];
  return (
    <Table
      caption="Columns of the file"
      columns={columns}
      rows={rows}
      keyOf={({ header }) => header}
      onRetry={() => undefined}
      empty={<Text>The file has no columns.</Text>}
    />
  );
}

/**
 * Return the fields to choose from for a column. A field that another column holds is disabled and
 * names that column.
 */
export function choicesFor(mapping: Readonly<Record<string, string>>, header: string) {
  return FIELDS.map(({ value, label }) => {
    const other = Object.keys(mapping).find((name) => name !== header && mapping[name] === value);
    return other === undefined
      ? { value, label, disabled: false }
      : { value, label: `${label} (in the column ${other})`, disabled: true };
  });
}

/**
 * Return the mapping in which the column holds the field. Another column that held it is set to
 * nothing.
 */
export function mappedTo(
  mapping: Record<string, string>,
  header: string,
  field: string | null,
): Record<string, string> {
  const others = Object.entries(mapping).filter(
    ([other, held]) => other !== header && held !== field,
  );
  return Object.fromEntries(field === null ? others : [...others, [header, field]]);
}

/** The errors that the API found in the first rows. */
function Checked({ preview }: { preview: ImportPreview }) {
  const { errors = [], rowsChecked = 0, rowsValid = 0 } = preview;
  if (errors.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {counted(rowsChecked, "row")} checked, all can be imported.
      </Text>
    );
  }
  return (
    <Alert
      color="orange"
      icon={<TriangleAlert aria-hidden />}
      title={`${rowsChecked - rowsValid} of the first ${counted(rowsChecked, "row")} can't be imported`}
    >
      <List size="sm">
        {errors.slice(0, 5).map((error) => (
          <List.Item key={`${error.row}-${error.column}`}>
            Row {error.row}, {error.column || fieldName(error.field)}: {error.message}
          </List.Item>
        ))}
      </List>
    </Alert>
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

function usePreview(file: File, mapping: Record<string, string> | null) {
  return useQuery({
    queryKey: ["import-preview", file.name, file.size, file.lastModified, mapping],
    retry: false,
    queryFn: async ({ signal }) => {
      const fields = { mapping: mapping ? JSON.stringify(mapping) : undefined };
      const { data } = await api.POST("/api/contacts/import/preview", {
        body: { file: "" },
        bodySerializer: formOf(file, fields),
        signal,
      });
      return data;
    },
  });
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
