interface Named {
  firstName: string | null;
  lastName: string | null;
}

/** Return a person's name, or null if none is known. */
export function nameOf({ firstName, lastName }: Named): string | null {
  return [firstName, lastName].filter(Boolean).join(" ") || null;
}
