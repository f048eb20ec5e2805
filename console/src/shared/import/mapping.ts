/** Which column of a file holds which field. */
import { FIELDS } from "./fields";

/** The field of each column, by the column's name. */
export type Mapping = Record<string, string>;

/**
 * Return the fields to choose from for a column.
 *
 * A field that another column holds can't be chosen, and its label names that column.
 */
export function choicesFor(mapping: Readonly<Mapping>, header: string) {
  return FIELDS.map(({ value, label }) => {
    const other = Object.keys(mapping).find((name) => name !== header && mapping[name] === value);
    return other === undefined
      ? { value, label, disabled: false }
      : { value, label: `${label} (in the column ${other})`, disabled: true };
  });
}

/** Return the mapping with a column moved to a field. No two columns hold the same field. */
export function mappedTo(mapping: Mapping, header: string, field: string | null): Mapping {
  const others = Object.entries(mapping).filter(
    ([other, held]) => other !== header && held !== field,
  );
  return Object.fromEntries(field === null ? others : [...others, [header, field]]);
}
