import type { Values } from "./details";

export interface Choice {
  value: string;
  label: string;
}

/** A field of the registration, with a good and a bad example. */
export interface Field {
  /** The name in the API, such as `address.city`. */
  name: string;
  label: string;
  kind: "line" | "text" | "choice";
  help?: string;
  good?: string;
  bad?: string;
  choices?: Choice[];
  isOptional?: boolean;
  autoComplete?: string;
  /** The heading above fields that belong together. */
  section?: string;
  /** Whether the field takes only half of a row on a wide screen. */
  isShort?: boolean;
  /** Returns whether the field is shown, depending on other values. */
  isAsked?: (values: Values) => boolean;
}
