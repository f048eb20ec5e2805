import type { Contact } from "@generated/api";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { latestOf, type Shown, saveChanges } from "@/client/versions";

/** The details of a contact, as the form has them. */
export interface Values {
  phone: string;
  firstName: string;
  lastName: string;
  email: string;
  tags: string[];
}

/** The words for the fields. */
export const LABELS: Record<keyof Values, string> = {
  phone: "Phone number",
  firstName: "First name",
  lastName: "Last name",
  email: "Email address",
  tags: "Tags",
};

/** The values of a new contact. */
export const NOBODY: Values = { phone: "", firstName: "", lastName: "", email: "", tags: [] };

/** Return the details of a contact with their version. */
export function shownOf(contact: Contact): Shown<Values> {
  const { phone, firstName, lastName, email, tags, version } = contact;
  return {
    version,
    values: {
      phone,
      firstName: firstName ?? "",
      lastName: lastName ?? "",
      email: email ?? "",
      tags,
    },
  };
}

interface Order {
  values: Values;
  /** What the form began with, or null for a new contact. */
  base: Shown<Values> | null;
}

/** Create a contact, or save what was changed. */
export function useSave(contact: Contact | null, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ values, base }: Order) => {
      if (contact && base) return change(cache, contact.id, base, values);
      const body = withoutEmpty(values);
      await api.POST("/api/contacts", { body, headers: intent.headers(body) });
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts/{id}"] });
      onSaved();
    },
  });
}

async function change(cache: QueryClient, id: string, base: Shown<Values>, values: Values) {
  const params = { path: { id } };
  const stored = queries.queryOptions("get", "/api/contacts/{id}", { params });
  await saveChanges(base, values, {
    write: async (body, headers) => {
      await api.PATCH("/api/contacts/{id}", { params, body, headers });
    },
    read: async () => shownOf(await latestOf(cache, stored)),
  });
}

/** Return the values of a new contact without the fields that were left empty. */
function withoutEmpty({ phone, tags, ...optional }: Values) {
  const given = Object.entries(optional).filter(([, value]) => value.trim() !== "");
  return { phone, tags, ...Object.fromEntries(given) };
}
