import type { Campaign } from "@generated/api";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { conflictOf } from "@/client/use-base";
import { latestOf, type Shown, saveChanges } from "@/client/versions";
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
  /** The organisation's own reference, or empty. */
  reference: string;
}

/** What was typed, and the stored campaign that it changes. A new campaign has none. */
interface Typed extends CampaignDraft {
  base?: Shown<CampaignDraft>;
}

const EMPTY: CampaignDraft = {
  name: "",
  message: "",
  templateId: "",
  listId: "",
  pictures: "",
  reference: "",
};

/**
 * The campaign that is being written, stored in this browser until it is saved as a draft. A list
 * from the address of a new campaign replaces that of an older text which was not saved.
 */
export function useWizard(campaignId: string | undefined, listId = "") {
  const [typed, setTyped, forget] = useDraft<Typed | null>(`campaign:${campaignId ?? "new"}`, null);
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
  const base = typed?.base ?? shownOf(stored.data);
  const before = draftOf(stored.data, template.data?.content);
  const written = typed ? { ...before, ...withoutBase(typed) } : before;
  const draft = { ...written, listId: listId || written.listId };
  const save = useSave(campaignId, forget);
  const conflict = conflictOf<CampaignDraft>(save.error);
  return {
    draft,
    change: (changes: Partial<CampaignDraft>) => setTyped({ ...draft, ...changes, base }),
    /** Save what was typed. */
    save: (onSaved: (saved: Campaign) => void) =>
      save.mutate({ draft, base }, { onSuccess: (saved) => saved && onSaved(saved) }),
    isSaving: save.isPending,
    saveError: save.error,
    /** What a colleague has stored meanwhile, if it conflicts with what was typed. */
    conflict: conflict && base ? { error: conflict, base, mine: ownOf(draft) } : null,
    keepMine: () => {
      if (!conflict || !base) return;
      const over = { version: conflict.latest.version, values: base.values };
      setTyped({ ...draft, base: over });
      save.mutate({ draft, base: over });
    },
    takeTheirs: () => {
      forget();
      save.reset();
    },
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
    reference: stored.reference ?? "",
  };
}

/** Return what is stored of a campaign, with its version. A template's text is not its own. */
function shownOf(stored: Campaign | undefined): Shown<CampaignDraft> | undefined {
  return stored && { version: stored.version, values: draftOf(stored, undefined) };
}

const withoutBase = ({ base: _, ...draft }: Typed): CampaignDraft => draft;

/** Return what belongs to the campaign: the text of a template does not. */
const ownOf = (draft: CampaignDraft) => (draft.templateId ? { ...draft, message: "" } : draft);

/** Return what the API is to store: the template if its text was not changed, else the text. */
function contentOf(draft: Partial<CampaignDraft>) {
  const { name, message = "", templateId, listId, pictures, reference } = draft;
  return {
    ...(name === undefined ? {} : { name }),
    ...(templateId ? { templateId } : message.trim() ? { message } : {}),
    ...(listId ? { listId } : {}),
    ...(pictures === undefined ? {} : { mediaUrls: addressesIn(pictures) }),
    ...(reference === undefined ? {} : { reference: reference.trim() || null }),
  };
}

interface Order {
  draft: CampaignDraft;
  /** The stored campaign that is changed. */
  base: Shown<CampaignDraft> | undefined;
}

function useSave(campaignId: string | undefined, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, base }: Order) => {
      if (campaignId && base) return change(cache, campaignId, base, draft);
      const reference = draft.reference.trim() || undefined;
      const body = { ...contentOf(draft), name: draft.name, reference };
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

async function change(
  cache: QueryClient,
  id: string,
  base: Shown<CampaignDraft>,
  draft: CampaignDraft,
) {
  const params = { path: { id } };
  const stored = queries.queryOptions("get", "/api/campaigns/{id}", { params });
  return saveChanges(base, ownOf(draft), {
    write: async (changes, headers) => {
      const body = contentOf(changes);
      return (await api.PATCH("/api/campaigns/{id}", { params, body, headers })).data;
    },
    read: async () => {
      const campaign = await latestOf(cache, stored);
      return { version: campaign.version, values: draftOf(campaign, undefined) };
    },
  });
}
