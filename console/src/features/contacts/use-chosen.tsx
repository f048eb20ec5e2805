import type { Contact } from "@generated/api";
import { Checkbox } from "@mantine/core";
import { useCallback, useState } from "react";
import { nameOf } from "@/shared/names";
import type { Column } from "@/shared/table";

type Chosen = ReadonlySet<string>;

const NONE: Chosen = new Set();

/** The chosen contacts. When the filters change, none is chosen, so that no hidden contact is. */
export function useChosen(filters: string): [Chosen, (chosen: Chosen) => void] {
  const [state, setState] = useState<{ of: string; chosen: Chosen }>({
    of: filters,
    chosen: NONE,
  });
  const set = useCallback((chosen: Chosen) => setState({ of: filters, chosen }), [filters]);
  return [state.of === filters ? state.chosen : NONE, set];
}

/** The column of checkboxes that choose contacts. */
export function choiceColumn(chosen: Chosen, onChange: (chosen: Chosen) => void): Column<Contact> {
  return {
    label: "Choose",
    isChoice: true,
    cell: (contact) => (
      <Checkbox
        size="xs"
        aria-label={`Choose ${nameOf(contact) ?? contact.phone}`}
        checked={chosen.has(contact.id)}
        onChange={(event) => onChange(toggled(chosen, contact.id, event.currentTarget.checked))}
      />
    ),
  };
}

function toggled(chosen: Chosen, id: string, isChosen: boolean): Chosen {
  const next = new Set(chosen);
  if (isChosen) next.add(id);
  else next.delete(id);
  return next;
}
