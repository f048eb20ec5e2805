import type { Contact } from "@generated/api";
import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "@/client/client";
import { nameOf } from "./names";
import { formatPhone } from "./phone";

const AFTER_LAST_KEY_MS = 250;

/** A contact as far as a choice shows it. */
export interface ChosenContact {
  id: string;
  phone: string;
  name: string;
}

/** Return what a choice shows of a contact. */
export function chosen(contact: Contact): ChosenContact {
  return { id: contact.id, phone: contact.phone, name: nameOf(contact) ?? contact.phone };
}

interface Props {
  /** What the choice is for. Default: `Contact`. */
  label?: string;
  placeholder?: string;
  value: ChosenContact | null;
  onChange: (contact: ChosenContact | null) => void;
  error?: string;
}

/** Find a contact by name, number or email address. */
export function ContactChoice({ label = "Contact", placeholder, value, onChange, error }: Props) {
  const [typed, setTyped] = useState("");
  const isName = value !== null && typed === labelOf(value);
  const [search] = useDebouncedValue(isName ? "" : typed.trim(), AFTER_LAST_KEY_MS);
  const contacts = queries.useQuery(
    "get",
    "/api/contacts",
    { params: { query: { search: search || undefined, limit: 20 } } },
    { placeholderData: keepPreviousData },
  );
  const found = (contacts.data?.items ?? []).map(chosen);
  const all = value && !found.some(({ id }) => id === value.id) ? [value, ...found] : found;
  return (
    <Select
      aria-label={label}
      placeholder={placeholder ?? "Name, number or email"}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      data={all.map((contact) => ({ value: contact.id, label: labelOf(contact) }))}
      filter={({ options }) => options}
      value={value?.id ?? null}
      onChange={(id) => onChange(all.find((contact) => contact.id === id) ?? null)}
      nothingFoundMessage={contacts.data ? "No contact matches." : "Searching…"}
      clearable
      clearButtonProps={{ "aria-label": "Choose nobody" }}
      error={error}
    />
  );
}

function labelOf({ name, phone }: ChosenContact): string {
  const number = formatPhone(phone);
  return name === phone ? number : `${name}, ${number}`;
}
