import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { useUser } from "@/client/use-session";
import { nameOf } from "@/shared/names";
import { groupsOf } from "../navigation";

const AFTER_LAST_KEY_MS = 250;
const MOST_FOUND = 5;

export interface Option {
  id: string;
  label: string;
  /** The kind of option, such as `Screen`. */
  kind: string;
  run: () => void;
}

/**
 * Return the palette's options for the typed text. The server is asked only once something is
 * typed.
 */
export function useOptions(typed: string, onKeys: () => void): Option[] {
  const router = useRouter();
  const [search] = useDebouncedValue(typed.trim(), AFTER_LAST_KEY_MS);
  const go = (href: string) => () => router.history.push(href);
  const query = { search, limit: MOST_FOUND };
  const options = { enabled: search !== "", placeholderData: keepPreviousData };
  const contacts = queries.useQuery("get", "/api/contacts", { params: { query } }, options);
  const campaigns = queries.useQuery("get", "/api/campaigns", { params: { query } }, options);
  const screens = groupsOf(useUser())
    .flatMap(({ places }) => places.map(({ label, to }) => ({ label, to })))
    .concat({ label: "Account", to: "/settings/account" })
    .map(({ label, to }) => ({ id: to, label, kind: "Screen", run: go(to) }));
  const actions = [
    { id: "new-campaign", label: "New campaign", kind: "Action", run: go("/campaigns/new") },
    { id: "import", label: "Import contacts", kind: "Action", run: go("/contacts/import") },
    { id: "send", label: "Send a message", kind: "Action", run: go("/send") },
    { id: "keys", label: "Show the keys", kind: "Action", run: onKeys },
  ];
  const known = [...screens, ...actions].filter((each) => matches(each.label, typed));
  if (search === "" || typed.trim() === "") return known;
  return [
    ...known,
    ...(contacts.data?.items ?? []).map((contact) => ({
      id: contact.id,
      label: nameOf(contact) ?? contact.phone,
      kind: "Contact",
      run: go(`/contacts?contact=${contact.id}`),
    })),
    ...(campaigns.data?.items ?? []).map(({ id, name }) => ({
      id,
      label: name,
      kind: "Campaign",
      run: go(`/campaigns/${id}`),
    })),
  ];
}

/** Return whether each typed word is the beginning of a word of the label. */
export function matches(label: string, typed: string): boolean {
  const words = label.toLowerCase().split(/\s+/);
  return typed
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((part) => words.some((word) => word.startsWith(part)));
}
