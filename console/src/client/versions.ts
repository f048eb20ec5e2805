/**
 * Return the header with which a change is refused (412) if the object no longer has this version,
 * because somebody else has changed it.
 */
export function ifUnchanged(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}
