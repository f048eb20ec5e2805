import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { useDraft } from "@/shared/drafts";

export interface CampaignDraft {
  name: string;
  message: string;
  listId: string;
}

const EMPTY: CampaignDraft = { name: "", message: "", listId: "" };

/** The campaign that is being written: kept in this browser until it is saved as a draft. */
export function useWizard(campaignId: string | undefined) {
  const [draft, setDraft, forget] = useDraft<CampaignDraft>(
    `campaign:${campaignId ?? "new"}`,
    EMPTY,
  );
  const [isDirty, setDirty] = useState(false);
  const stored = queries.useQuery(
    "get",
    "/api/campaigns/{id}",
    { params: { path: { id: campaignId ?? "" } } },
    { enabled: campaignId !== undefined },
  );
  useEffect(() => {
    if (!stored.data || isDirty) return;
    const { name, message, listId } = stored.data;
    setDraft({ name, message: message ?? "", listId: listId ?? "" });
  }, [stored.data, isDirty, setDraft]);
  const save = useSave(campaignId, () => {
    setDirty(false);
    forget();
  });
  const change = (changes: Partial<CampaignDraft>) => {
    setDirty(true);
    setDraft({ ...draft, ...changes });
  };
  return { draft, change, save, isDirty };
}

export type Wizard = ReturnType<typeof useWizard>;

function useSave(campaignId: string | undefined, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: CampaignDraft) => {
      if (campaignId) {
        const params = { path: { id: campaignId } };
        return (await api.PATCH("/api/campaigns/{id}", { params, body })).data;
      }
      return (await api.POST("/api/campaigns", { body, headers: intent.headers(body) })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
      onSaved();
    },
  });
}
