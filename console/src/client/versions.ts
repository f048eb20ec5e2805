/** Changes that never overwrite what a colleague has stored in the meantime (`If-Match`). */
import type { FetchQueryOptions, QueryClient, QueryKey } from "@tanstack/react-query";
import { asProblem, Problem } from "./problem";

const VERSION_MISMATCH = 412;
/** How often a change is tried while colleagues change other fields of the same object. */
const MOST_ATTEMPTS = 3;

/**
 * Return the header with which a change is refused (412) if the object no longer has this version,
 * because somebody else has changed it.
 */
export function ifUnchanged(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

/** Whether something was refused because somebody else has changed the object. */
export function isOvertaken({ status }: Problem): boolean {
  return status === VERSION_MISMATCH;
}

/** The values of an object in one version, as a form shows them. */
export interface Shown<Values> {
  version: number;
  values: Values;
}

/** A change that was not made, because a colleague has changed the same fields. */
export class Overtaken<Values> extends Problem {
  /** What is stored now. */
  readonly latest: Shown<Values>;

  constructor(latest: Shown<Values>) {
    super({
      status: VERSION_MISMATCH,
      code: "version_mismatch",
      detail: "Somebody else has changed this while you were writing. Nothing was saved.",
    });
    this.latest = latest;
  }
}

interface Routes<Values, Result> {
  write: (changes: Partial<Values>, headers: { "If-Match": string }) => Promise<Result>;
  /** Reads what is stored now. */
  read: () => Promise<Shown<Values>>;
}

/** Read an object as it is stored now, whatever the cache has. The cache gets it too. */
export function latestOf<Data, Failure, Key extends QueryKey>(
  cache: QueryClient,
  query: FetchQueryOptions<Data, Failure, Data, Key>,
): Promise<Data> {
  return cache.fetchQuery({ ...query, staleTime: 0 });
}

/**
 * Save only the fields that somebody has changed. If a colleague has changed other fields in the
 * meantime, both changes stay.
 *
 * @throws Overtaken if a colleague has changed the same fields.
 */
export async function saveChanges<Values extends object, Result>(
  base: Shown<Values>,
  mine: Values,
  routes: Routes<Values, Result>,
  attempts = MOST_ATTEMPTS,
): Promise<Result> {
  const changed = changedFields(base.values, mine);
  try {
    return await routes.write(only(mine, changed), ifUnchanged(base.version));
  } catch (error) {
    if (!isOvertaken(asProblem(error)) || attempts <= 1) throw error;
  }
  const latest = await routes.read();
  const theirs = changedFields(base.values, latest.values);
  const isContested = changed.some(
    (field) => theirs.includes(field) && !isSame(mine[field], latest.values[field]),
  );
  if (isContested) throw new Overtaken(latest);
  const merged = { version: latest.version, values: base.values };
  return saveChanges(merged, mine, routes, attempts - 1);
}

/** Return the fields in which two versions of the values differ. */
export function changedFields<Values extends object>(
  before: Values,
  after: Values,
): (keyof Values)[] {
  const fields = Object.keys(after) as (keyof Values)[];
  return fields.filter((field) => !isSame(before[field], after[field]));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function only<Values extends object>(values: Values, fields: (keyof Values)[]): Partial<Values> {
  return Object.fromEntries(fields.map((field) => [field, values[field]])) as Partial<Values>;
}
