import type { OrganisationDataRow } from "@generated/api";

/** A page of rows, and the cursor of the next page; null on the last page. */
export interface DataPage {
  items: OrganisationDataRow[];
  nextCursor: string | null;
}

/** Reads a page of the organisation's data from the API. Throws a Problem. */
export type ReadPage = (cursor: string | undefined) => Promise<DataPage>;

/**
 * A copy of the organisation's data, as a compressed file with a line of JSON for each row. It is
 * compressed while it is read, so that the rows are not all in memory.
 */
export class DataCopy {
  rows = 0;
  private readonly gzip = new CompressionStream("gzip");
  private readonly writer = this.gzip.writable.getWriter();
  private readonly file = new Response(this.gzip.readable).blob();
  private readonly encoder = new TextEncoder();
  private cursor: string | undefined;

  /**
   * Read page after page until the last one, and return the file. `onRows` gets the number of rows
   * so far. If a page can't be read, the error is thrown; the next call goes on with that page.
   */
  async read(readPage: ReadPage, signal: AbortSignal, onRows: (rows: number) => void) {
    for (;;) {
      const page = await readPage(this.cursor);
      signal.throwIfAborted();
      if (page.items.length > 0) {
        await this.writer.write(this.encoder.encode(page.items.map(lineOf).join("")));
      }
      this.rows += page.items.length;
      onRows(this.rows);
      if (page.nextCursor === null) break;
      this.cursor = page.nextCursor;
    }
    await this.writer.close();
    return this.file;
  }
}

// The row is JSON already.
function lineOf({ service, table, row }: OrganisationDataRow): string {
  return `{"service":${JSON.stringify(service)},"table":${JSON.stringify(table)},"row":${row}}\n`;
}
