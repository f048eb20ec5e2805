import { useEffect, useRef, useState } from "react";
import { asProblem, type Problem } from "@/client/problem";
import { useDraft, useUnsaved } from "@/shared/drafts";
import { samplesOf, type Values } from "./details";

/** A part of the registration that is being filled in. */
export interface Part {
  values: Values;
  /** The reasons why fields were not saved, by their API names. */
  errors: Values;
  /** Changes a value without saving it, while somebody types. */
  change: (field: string, value: string) => void;
  /** Saves a field, when somebody leaves it. */
  save: (field: string) => void;
  /** Changes a value and saves it, when somebody chooses an option. */
  choose: (field: string, value: string) => void;
  isSaving: boolean;
  /** The reason why the last attempt failed, if it is not an error of a field. */
  problem: Problem | null;
  /** Discards what was typed and is not saved, after the part was submitted. */
  forget: () => void;
}

const NOTHING: Values = {};
const FEWEST_SAMPLES = 2;

/**
 * Keep what is typed in this browser until it is saved, field by field, in the draft at the server.
 * A field that the API refuses stays here, with the reason.
 *
 * Fields are saved one after the other: each request has all fields of an address, so an older
 * request that arrives last would undo a newer one. `store` returns the whole draft.
 */
export function usePart(
  name: string,
  stored: Values,
  store: (values: Values, field: string) => Promise<Values>,
): Part {
  const [typed, setTyped, forget] = useDraft<Values>(`registration:${name}`, NOTHING);
  const latest = useRef(typed);
  const known = useRef(stored);
  const before = useRef(Promise.resolve());
  const [errors, setErrors] = useState<Values>(NOTHING);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(0);
  useUnsaved(`registration:${name}`, saving > 0);
  useEffect(() => {
    known.current = stored;
  }, [stored]);
  const put = (next: Values) => {
    latest.current = next;
    setTyped(next);
  };
  const change = (field: string, value: string) => {
    put({ ...latest.current, [field]: value });
    setErrors((earlier) => without(earlier, (other) => isSamePart(other, field)));
  };
  const saveNow = async (field: string) => {
    if (!Object.keys(latest.current).some((other) => isSamePart(other, field))) return;
    const sent = { ...known.current, ...latest.current };
    if (!canBeSaved(field, sent)) return;
    try {
      const draft = await store(sent, field);
      known.current = { ...without(known.current, (other) => isSamePart(other, field)), ...draft };
      setProblem(null);
      put(
        without(
          latest.current,
          (other, value) => isSamePart(other, field) && sent[other] === value,
        ),
      );
    } catch (error) {
      const refused = asProblem(error);
      setErrors((earlier) => ({ ...earlier, ...refused.fields }));
      setProblem(isAllAtFields(refused, sent) ? null : refused);
    }
  };
  const save = (field: string) => {
    setSaving((count) => count + 1);
    before.current = before.current
      .then(() => saveNow(field))
      .finally(() => setSaving((count) => count - 1));
  };
  return {
    values: { ...stored, ...typed },
    errors,
    change,
    save,
    choose: (field, value) => {
      change(field, value);
      save(field);
    },
    isSaving: saving > 0,
    problem,
    forget: () => {
      latest.current = NOTHING;
      forget();
    },
  };
}

/** Return whether each error of a problem is about a field of the form, which then shows it. */
function isAllAtFields({ fields }: Problem, values: Values): boolean {
  const paths = Object.keys(fields);
  const isShown = (path: string) => Object.keys(values).some((field) => isSamePart(field, path));
  return paths.length > 0 && paths.every(isShown);
}

/** Return whether two fields are saved together, like those of an address. */
function isSamePart(field: string, other: string): boolean {
  return partOf(field) === partOf(other);
}

/** Return the first part of a path, such as `address` of `address.city` or of `address[0]`. */
const partOf = (path: string) => path.split(/[.[]/)[0];

/**
 * Return whether a field can be saved now. A single sample can't: the API requires at least two.
 */
function canBeSaved(field: string, values: Values): boolean {
  if (!field.startsWith("sampleMessages")) return true;
  const count = samplesOf(values).length;
  return count === 0 || count >= FEWEST_SAMPLES;
}

function without(values: Values, isGone: (name: string, value: string) => boolean): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => !isGone(name, value)));
}
