import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "@/client/client";
import { asProblem, problemOf } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { saveFile } from "@/shared/download";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { DataCopy, type ReadPage } from "./data-copy";

const TITLE = "A copy of all data";
const ROWS_PER_PAGE = 500;
const FILE = "organisation.jsonl.gz";

/** The button that downloads a copy of all data of the organisation. Only owners see it. */
export function Copy() {
  const [rows, setRows] = useState(0);
  const copy = useRef<DataCopy | null>(null);
  const aborted = useRef(new AbortController());
  useEffect(() => {
    aborted.current = new AbortController();
    return () => aborted.current.abort();
  }, []);
  const download = useMutation({
    mutationFn: async () => {
      copy.current ??= new DataCopy();
      const file = await copy.current.read(readPage, aborted.current.signal, setRows);
      copy.current = null;
      saveFile(file, FILE);
    },
  });
  if (!useUser().roles.includes("owner")) return null;
  return (
    <Stack gap="md" maw={560} component="section" aria-label={TITLE}>
      <div>
        <Title order={2}>{TITLE}</Title>
        <Text size="sm" c="dimmed">
          Contacts, texts, campaigns, events, transactions, settings and logs, as they are stored: a
          line of JSON for each, in a compressed file. Passwords, keys and pictures are not in it.
        </Text>
      </div>
      <FormBanner problem={download.error ? asProblem(download.error) : null} />
      <Group gap="md">
        <Button variant="default" loading={download.isPending} onClick={() => download.mutate()}>
          {download.error ? "Continue the download" : "Download all data"}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {rows > 0 && `${counted(rows, "row")}${download.isSuccess ? ", saved" : " so far"}`}
        </Text>
      </Group>
    </Stack>
  );
}

const readPage: ReadPage = async (cursor) => {
  const query = { limit: ROWS_PER_PAGE, cursor };
  const { data, response } = await api.GET("/api/org/data", { params: { query } });
  if (data === undefined) throw await problemOf(response);
  return data;
};
