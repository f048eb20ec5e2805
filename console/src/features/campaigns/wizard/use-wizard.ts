import type { Campaign } from "@generated/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { useDraft } from "@/shared/drafts";
import { addressesIn } from "@/shared/picture-addresses";

export interface CampaignDraft {
  name: string;
  message: string;
  /** The id of the template whose text it is, or empty if the text was changed. */
  templateId: string;
  listId: string;
  /** The addresses of pictures, one on each line. */
  pictures: string;
}

const EMPTY: CampaignDraft = { name: "", message: "", templateId: "", listId: "", pictures: "" };

/** The campaign that is being written, stored in this browser until it is saved as a draft. */
export function useWizard(campaignId: string | undefined) {
  const [typed, setTyped, forget] = useDraft<CampaignDraft | null>(
    `campaign:${campaignId ?? "new"}`,
    null,
  );
  const stored = queries.useQuery(
    "get",
    "/api/campaigns/{id}",
    { params: { path: { id: campaignId ?? "" } } },
    { enabled: campaignId !== undefined },
  );
  const templateId = stored.data?.templateId ?? "";
  const template = queries.useQuery(
    "get",
    "/api/templates/{id}",
    { params: { path: { id: templateId } } },
    { enabled: templateId !== "" },
  );
  const before = draftOf(stored.data, template.data?.content);
  const draft = typed ? { ...before, ...typed } : before;
  const save = useSave(campaignId, forget);
  return {
    draft,
    change: (changes: Partial<CampaignDraft>) => setTyped({ ...draft, ...changes }),
    save,
    isDirty: typed !== null,
    /** The stored campaign, or undefined before it is saved. */
    stored: stored.data,
    problem: stored.error,
    isLoading: campaignId !== undefined && stored.data === undefined,
    retry: () => void stored.refetch(),
  };
}

export type Wizard = ReturnType<typeof useWizard>;

function draftOf(stored: Campaign | undefined, content: string | undefined): CampaignDraft {
  if (stored === undefined) return EMPTY;
  return {
    name: stored.name,
    message: stored.message ?? content ?? "",
    templateId: stored.templateId ?? "",
    listId: stored.listId ?? "",
    pictures: stored.mediaUrls.join("\n"),
  };
}

/**
 * Return the content to store: the template's id if its text was not changed, otherwise the text.
 */
function contentOf({ name, message, templateId, listId, pictures }: CampaignDraft) {
  return {
    name,
    ...(templateId ? { templateId } : message.trim() ? { message } : {}),
    ...(listId ? { listId } : {}),
    mediaUrls: addressesIn(pictures),
  };
}

function useSave(campaignId: string | undefined, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (draft: CampaignDraft) => {
      const body = contentOf(draft);
      if (campaignId) {
        const params = { path: { id: campaignId } };
        return (await api.PATCH("/api/campaigns/{id}", { params, body })).data;
      }
      return (await api.POST("/api/campaigns", { body, headers: intent.headers(body) })).data;
    },
    onSuccess: (saved) => {
      intent.done();
      if (saved) {
        const init = { params: { path: { id: saved.id } } };
        const { queryKey } = queries.queryOptions("get", "/api/campaigns/{id}", init);
        cache.setQueryData(queryKey, saved);
        cache.removeQueries({ queryKey: ["post", "/api/campaigns/{id}/quote"] });
      }
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      onSaved();
    },
  });
}
