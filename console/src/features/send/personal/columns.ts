/** What the columns of a table hold: the phone number, a reference, or values of placeholders. */
import { isPhoneLike, type PeopleTable } from "./table";

/** What each column holds, by the column's name. A column that is not used is left out. */
export type Mapping = Record<string, string>;

export const PHONE = "phone";
export const REFERENCE = "reference";

const PHONE_NAMES = /phone|mobile|cell|^tel|handy|^numbers?$|^to$/i;
const REFERENCE_NAMES = /^(your |own )?ref(erence)?$/i;
const PLACEHOLDER = /^\{\{(.+)\}\}$/;
const LOOKED_AT = 50;

/** Return the placeholder that each column can fill, such as `{{firstName}}`, by its name. */
export function placeholdersOf(headers: readonly string[]): Record<string, string> {
  const taken = new Set<string>();
  const named = headers.map((header, at) => {
    const wanted = nameOf(header) || `column${at + 1}`;
    let free = wanted;
    for (let copy = 2; taken.has(free); copy += 1) free = `${wanted}${copy}`;
    taken.add(free);
    return [header, `{{${free}}}`];
  });
  return Object.fromEntries(named);
}

/** Return a column's name as a placeholder has it: "First name" becomes `firstName`. */
function nameOf(header: string): string {
  const letters = header.normalize("NFKD").replace(/\p{M}/gu, "");
  const words = letters.match(/[A-Za-z0-9_]+/g) ?? [];
  const joined = words.map((word, at) => (at === 0 ? lowered(word) : raised(word))).join("");
  return joined.replace(/^[\d_]+/, "");
}

const lowered = (word: string) =>
  word === word.toUpperCase() ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1);
const raised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Suggest what the columns hold, by their names and values. */
export function suggested(table: PeopleTable): Mapping {
  const phone = phoneColumn(table);
  const reference = table.headers.find((name) => name !== phone && REFERENCE_NAMES.test(name));
  const held: Mapping = placeholdersOf(table.headers);
  if (phone !== undefined) held[phone] = PHONE;
  if (reference !== undefined) held[reference] = REFERENCE;
  return held;
}

/** Return the column that probably has the phone numbers. */
function phoneColumn({ headers, rows }: PeopleTable): string | undefined {
  const sample = rows.slice(0, LOOKED_AT);
  const isFull = (at: number) =>
    sample.filter(({ cells }) => isPhoneLike(cells[at] ?? "")).length * 2 > sample.length;
  const filled = headers.filter((_, at) => isFull(at));
  return (
    filled.find((name) => PHONE_NAMES.test(name)) ??
    filled[0] ??
    headers.find((name) => PHONE_NAMES.test(name))
  );
}

/** Return the mapping that a person chose, as long as it is about the columns of the table. */
export function mappingOf(table: PeopleTable, chosen: Mapping | null): Mapping {
  const isAbout = chosen !== null && Object.keys(chosen).every((n) => table.headers.includes(n));
  return isAbout ? chosen : suggested(table);
}

/** Return what a column can hold. What another column holds can't be chosen. */
export function choicesFor(headers: readonly string[], mapping: Mapping, header: string) {
  const placeholder = placeholdersOf(headers)[header] ?? "";
  const all = [
    { value: PHONE, label: "Phone number" },
    { value: placeholder, label: placeholder },
    { value: REFERENCE, label: "Your reference" },
  ];
  return all.map((choice) => {
    const other = headers.find((name) => name !== header && mapping[name] === choice.value);
    return other === undefined
      ? { ...choice, disabled: false }
      : { ...choice, label: `${choice.label} (in the column ${other})`, disabled: true };
  });
}

/** Return the names of the placeholders that columns fill, with the columns' positions. */
export function variablesOf(headers: readonly string[], mapping: Mapping) {
  return headers.flatMap((header, at) => {
    const name = PLACEHOLDER.exec(mapping[header] ?? "")?.[1];
    return name === undefined ? [] : [{ name, at }];
  });
}
