import type { ImportAttendeesResponse } from "@generated/api";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { formOf } from "@/shared/import/form-data";
import type { Mapping } from "@/shared/import/mapping";
import { useStaleEvents } from "./queries";

/** Add the people in a file to an event, once. */
export function useUpload(
  eventId: string,
  file: File,
  onDone: (outcome: ImportAttendeesResponse) => void,
) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async (mapping: Mapping) => {
      const fields = { mapping: JSON.stringify(mapping) };
      const { data } = await api.POST("/api/events/{eventId}/attendees/import", {
        params: { path: { eventId } },
        headers: intent.headers([file.name, file.size, file.lastModified, fields]),
        body: { file: "" },
        bodySerializer: formOf(file, fields),
      });
      return data;
    },
    onSuccess: (outcome) => {
      intent.done();
      refresh();
      if (outcome) onDone(outcome);
    },
  });
}
