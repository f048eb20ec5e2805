import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { type Intent, useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { formOf } from "@/shared/import/form-data";
import type { Mapping } from "@/shared/import/mapping";
import type { TargetList } from "./list-choice";

interface Order {
  mapping: Mapping;
  list: TargetList;
}

/** Start the import once. A new list is created before it, also once. */
export function useStart(
  file: File,
  onStarted: (jobId: string, listId: string | undefined) => void,
) {
  const intent = useIntent();
  const listIntent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ mapping, list }: Order) => {
      const listId = await idOf(list, listIntent);
      const fields = { mapping: JSON.stringify(mapping), listId };
      const { data } = await api.POST("/api/contacts/import-jobs", {
        body: { file: "" },
        bodySerializer: formOf(file, fields),
        headers: intent.headers([file.name, file.size, file.lastModified, fields]),
      });
      return { job: data, listId };
    },
    onSuccess: ({ job, listId }) => {
      intent.done();
      listIntent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      if (job) onStarted(job.id, listId);
    },
  });
}

async function idOf(list: TargetList, intent: Intent): Promise<string | undefined> {
  if (list === null) return undefined;
  if ("id" in list) return list.id;
  const body = { name: list.newName };
  return (await api.POST("/api/contact-lists", { body, headers: intent.headers(body) })).data?.id;
}

/** Return what is wrong with the name of the new list, if that is what was refused. */
export function nameTaken(error: Error | null): string | undefined {
  if (error === null) return undefined;
  const problem = asProblem(error);
  return problem.code === "name_taken" ? problem.message : problem.fields.name;
}
