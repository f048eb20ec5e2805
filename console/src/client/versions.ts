/**
 * Return the header of a change that is refused (412) if somebody else has changed the thing since it
 * was shown in this version.
 */
export function ifUnchanged(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}
