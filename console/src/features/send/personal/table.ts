/** Tables of people that were pasted, typed or read from a CSV file. */

/** A row with its number in the table, counted from 1 as spreadsheets do. */
export interface TableRow {
  row: number;
  cells: string[];
}

export interface PeopleTable {
  /** The names of the columns. No two are the same, and none is empty. */
  headers: string[];
  rows: TableRow[];
}

// In the order in which they are preferred if a line has as many of each: names have commas.
const SEPARATORS = ["\t", ";", "|", ","];
const PHONE = /^\+?[\d\s().\-/]{7,}$/;
const FEWEST_DIGITS = 7;

/** Read a table. Its first row has the names of the columns, unless it has a phone number. */
export function tableOf(text: string): PeopleTable {
  const records = recordsOf(text, separatorOf(text))
    .map((cells, index) => ({ row: index + 1, cells }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  const [first, ...others] = records;
  if (first === undefined) return { headers: [], rows: [] };
  const hasNames = !first.cells.some(isPhoneLike);
  const width = Math.max(...records.map(({ cells }) => cells.length));
  const names = Array.from({ length: width }, (_, at) => (hasNames && first.cells[at]) || "");
  return { headers: unique(names), rows: hasNames ? others : records };
}

/** Return the text of a table, from which `tableOf` reads the same rows. */
export function textOf({ headers, rows }: PeopleTable): string {
  return [headers, ...rows.map(({ cells }) => cells)]
    .map((cells) => cells.map(quoted).join("\t"))
    .join("\n");
}

/** Return whether a cell looks like a phone number. The API decides whether it is one. */
export function isPhoneLike(cell: string): boolean {
  return PHONE.test(cell) && cell.replace(/\D/g, "").length >= FEWEST_DIGITS;
}

/** Return the separator of the columns: the one that the first line has most of. */
function separatorOf(text: string): string {
  const [line = ""] = text.trimStart().split(/\r?\n/, 1);
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? "\t";
}

/**
 * Return the cells of each line. A cell in quotes can have separators and line breaks; a quote in it
 * is doubled. A quote elsewhere is an ordinary character.
 */
function recordsOf(text: string, separator: string): string[][] {
  const plain = separator === "|" ? "\\|" : separator;
  const cell = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"[ ]*|([^${plain}\\r\\n]*))(${plain}|\\r\\n|\\n|\\r|$)`,
    "y",
  );
  const records: string[][] = [[]];
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    const [, inQuotes, bare = "", end = ""] = found;
    records.at(-1)?.push((inQuotes?.replaceAll('""', '"') ?? bare).trim());
    if (end === "") break;
    if (end !== separator) records.push([]);
  }
  return records;
}

function quoted(cell: string): string {
  return /["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Give each column a name of its own. */
function unique(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, at) => {
    const wanted = name || `Column ${at + 1}`;
    let free = wanted;
    for (let copy = 2; taken.has(free); copy += 1) free = `${wanted} ${copy}`;
    taken.add(free);
    return free;
  });
}
