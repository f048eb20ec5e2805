import { Stack } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { Screen } from "@/shared/screen";
import { ChooseFile } from "./choose-file";
import { Imports } from "./imports";
import { JobProgress } from "./job-progress";
import { MapColumns } from "./map-columns";

const route = getRouteApi("/app/contacts/import");

/** Import contacts from a file: choose the file, assign its columns, and watch the progress. */
export function ImportPage() {
  const { job, list } = route.useSearch();
  const navigate = route.useNavigate();
  const [file, setFile] = useState<File | null>(null);
  return (
    <Screen title="Import contacts" description="A CSV file from a spreadsheet or another tool.">
      {job ? (
        <JobProgress
          jobId={job}
          listId={list}
          onAgain={() => {
            setFile(null);
            void navigate({ search: {} });
          }}
        />
      ) : file ? (
        <MapColumns
          file={file}
          onBack={() => setFile(null)}
          onStarted={(id, listId) => void navigate({ search: { job: id, list: listId } })}
        />
      ) : (
        <Stack gap="xl">
          <ChooseFile onChosen={setFile} />
          <Imports />
        </Stack>
      )}
    </Screen>
  );
}
