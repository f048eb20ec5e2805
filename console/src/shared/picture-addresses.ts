/** Return the addresses that are written one on each line. */
export function addressesIn(pictures: string): string[] {
  return pictures.split(/\s+/).filter((address) => address !== "");
}
