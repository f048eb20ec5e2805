/** Return the addresses that are written one on each line. */
export function addressesIn(pictures: string): string[] {
  return pictures.split(/\s+/).filter((address) => address !== "");
}

/** Return what is wrong with the pictures of a request, or nothing. */
export function pictureProblem(
  fields: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const errors = Object.entries(fields ?? {}).filter(([field]) => field.startsWith("mediaUrls"));
  return errors.map(([, message]) => message).join("; ") || undefined;
}
