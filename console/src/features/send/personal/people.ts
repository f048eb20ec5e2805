/** The recipients that are made from a table of people. */
import type { BatchRecipientInput } from "@generated/api";
import { LONGEST_REFERENCE } from "@/shared/search-text";
import { type Mapping, PHONE, REFERENCE, variablesOf } from "./columns";
import type { PeopleTable, TableRow } from "./table";

export interface Person {
  row: number;
  recipient: BatchRecipientInput;
}

/** A row that can't be sent to the API, and the reason. */
export interface LeftOut {
  row: number;
  to: string;
  message: string;
}

export interface People {
  /** The recipients, in the order of the table. */
  people: Person[];
  leftOut: LeftOut[];
}

const LONGEST_NUMBER = 40;
const LONGEST_VALUE = 1_600;

interface Options {
  /** The text. Only the values of placeholders that it may have are sent. */
  message: string;
  /** Whether an empty cell is an empty value. Otherwise the value is missing. */
  allowEmpty: boolean;
}

/** Return the recipients of a table, and the rows that can't be any. */
export function peopleOf(table: PeopleTable, mapping: Mapping, options: Options): People {
  const phone = table.headers.findIndex((name) => mapping[name] === PHONE);
  const reference = table.headers.findIndex((name) => mapping[name] === REFERENCE);
  const used = variablesOf(table.headers, mapping).filter(({ name }) =>
    options.message.includes(name),
  );
  const found: People = { people: [], leftOut: [] };
  if (phone === -1) return found;
  for (const line of table.rows) {
    const to = line.cells[phone] ?? "";
    const own = reference === -1 ? "" : (line.cells[reference] ?? "");
    const variables = valuesOf(line, used, options.allowEmpty);
    const fault = faultOf(to, own, variables);
    if (fault !== null) found.leftOut.push({ row: line.row, to, message: fault });
    else {
      const recipient = { to, variables, ...(own === "" ? {} : { reference: own }) };
      found.people.push({ row: line.row, recipient });
    }
  }
  return found;
}

function valuesOf(
  { cells }: TableRow,
  used: readonly { name: string; at: number }[],
  allowEmpty: boolean,
): Record<string, string> {
  const values = used.map(({ name, at }) => [name, cells[at] ?? ""] as const);
  return Object.fromEntries(values.filter(([, value]) => allowEmpty || value !== ""));
}

/** Return why the API would refuse the whole request because of this row, or null. */
function faultOf(to: string, reference: string, variables: Record<string, string>): string | null {
  if (to === "") return "There is no phone number in this row.";
  if (to.length > LONGEST_NUMBER) return "This is not a phone number.";
  if (reference.length > LONGEST_REFERENCE) {
    return `The reference has more than ${LONGEST_REFERENCE} characters.`;
  }
  const long = Object.keys(variables).find(
    (name) => (variables[name] ?? "").length > LONGEST_VALUE,
  );
  return long === undefined ? null : `The value of {{${long}}} has more than 1,600 characters.`;
}

/** Return the part of a table with these rows. */
export function onlyRows({ headers, rows }: PeopleTable, kept: ReadonlySet<number>): PeopleTable {
  return { headers, rows: rows.filter(({ row }) => kept.has(row)) };
}
