import type { ContactList } from "@generated/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { latestOf, type Shown, saveChanges } from "@/client/versions";
import type { ContactSearch } from "./search";

/** The parts of a list that people can change: its name, or the filter of a segment. */
interface Changes {
  name?: string;
  filter?: ContactSearch;
}

interface Order<Values> {
  values: Values;
  /** The values that were shown when the change began. */
  base: Shown<Values>;
}

/** Change a list, unless a colleague has changed the same of it. `shownOf` reads it from a list. */
export function useChangeList<Values extends Changes>(
  id: string,
  shownOf: (list: ContactList) => Shown<Values>,
  onSaved: () => void,
) {
  const cache = useQueryClient();
  const params = { path: { id } };
  const stored = queries.queryOptions("get", "/api/contact-lists/{id}", { params });
  return useMutation({
    mutationFn: async ({ values, base }: Order<Values>) =>
      saveChanges<Values, void>(base, values, {
        write: async (changes, headers) => {
          const body: Changes = changes;
          await api.PATCH("/api/contact-lists/{id}", { params, body, headers });
        },
        read: async () => shownOf(await latestOf(cache, stored)),
      }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists/{id}"] });
      onSaved();
    },
  });
}
