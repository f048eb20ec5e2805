import type { Values } from "./details";

export interface Choice {
  value: string;
  label: string;
}

/** What a registration asks for, with a good and a bad example. */
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
  /** Fields that belong together stand under this heading. */
  section?: string;
  /** Half of a row on a wide screen. */
  isShort?: boolean;
  /** Whether it is asked for at all, by the other values. */
  isAsked?: (values: Values) => boolean;
}
