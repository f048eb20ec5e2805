/** Reads a CSV file that somebody picked. */

const MOST_BYTES = 1_000_000;

/** A file that is no table, with the sentence to show. */
export class UnreadableFile extends Error {}

/**
 * Return the text of a file.
 *
 * Throws an UnreadableFile if it is too large, or not a text.
 */
export async function textOfFile(file: File): Promise<string> {
  if (file.size > MOST_BYTES) {
    throw new UnreadableFile(
      "The file is larger than 1 MB. Import it as contacts, and send a campaign.",
    );
  }
  return decoded(new Uint8Array(await file.arrayBuffer()));
}

/** Decode the bytes of a text file: UTF-8, UTF-16 with its mark, or else Windows-1252. */
export function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  // Spreadsheets of Excel and Numbers are ZIP archives. No text has a zero byte.
  if (bytes.includes(0)) {
    throw new UnreadableFile(
      "This is not a text file. Save the spreadsheet as CSV, and pick that.",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
