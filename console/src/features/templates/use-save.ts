import type { Template } from "@generated/api";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { latestOf, type Shown, saveChanges } from "@/client/versions";

/** The parts of a template that people write. */
export interface Values {
  name: string;
  content: string;
}

/** The words for the fields. */
export const LABELS: Record<keyof Values, string> = { name: "Name", content: "Text" };

/** The values of a new template. */
export const NEW: Values = { name: "", content: "" };

/** Return the name and the text of a template, with its version. */
export function shownOf({ name, content, version }: Template): Shown<Values> {
  return { version, values: { name, content } };
}

interface Order {
  values: Values;
  /** What the form began with, or null for a new template. */
  base: Shown<Values> | null;
}

/** Create a template, or save what was changed. */
export function useSave(template: Template | null, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ values, base }: Order) => {
      if (template && base) return change(cache, template.id, base, values);
      await api.POST("/api/templates", { body: values, headers: intent.headers(values) });
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/templates"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/templates/{id}"] });
      onSaved();
    },
  });
}

async function change(cache: QueryClient, id: string, base: Shown<Values>, values: Values) {
  const params = { path: { id } };
  const stored = queries.queryOptions("get", "/api/templates/{id}", { params });
  await saveChanges(base, values, {
    write: async (body, headers) => {
      await api.PATCH("/api/templates/{id}", { params, body, headers });
    },
    read: async () => shownOf(await latestOf(cache, stored)),
  });
}
