import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "@/client/client";
import { formOf } from "./form-data";
import type { Mapping } from "./mapping";

/** The columns of a file and its first rows, checked with a mapping or else the suggested one. */
export function useImportPreview(file: File, mapping: Mapping | null) {
  return useQuery({
    queryKey: ["import-preview", file.name, file.size, file.lastModified, mapping],
    retry: false,
    placeholderData: keepPreviousData,
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
