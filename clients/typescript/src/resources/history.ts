import { type Api, answer, type Filters, pages, type Schemas } from "../answers.js";
import { ApiError } from "../errors.js";
import type { Fetch } from "../repeating.js";
import { states, type Waiting } from "../waiting.js";

/** All outgoing messages, for reports. */
export class History {
  constructor(
    private readonly api: Api,
    private readonly fetch: Fetch,
    private readonly baseUrl: string,
  ) {}

  /** Yield outgoing messages, newest first. */
  list(filters: Filters<"/api/history/messages"> = {}): AsyncIterable<Schemas["Message"]> {
    return pages((page) =>
      this.api.GET("/api/history/messages", { params: { query: { ...filters, ...page } } }),
    );
  }

  /**
   * Write the history to a file on the platform, wait for it and return it as a stream. Throws an
   * ApiError if it fails (`export_failed`).
   */
  async exportCsv(
    filters: Schemas["CreateExportRequest"] = {},
    waiting: Waiting = {},
  ): Promise<ReadableStream<Uint8Array>> {
    let made = await answer(this.api.POST("/api/history/exports", { body: filters }));
    const params = { path: { id: made.id } };
    for await (made of states(
      () => answer(this.api.GET("/api/history/exports/{id}", { params })),
      (state) => state.status === "done" || state.status === "failed",
      waiting,
    ));
    if (made.downloadUrl === null) {
      throw new ApiError("export_failed", "The export has failed. Try again.");
    }
    // The address has a token of its own, so the API key stays here.
    const file = await this.fetch(new Request(new URL(made.downloadUrl, this.baseUrl)));
    if (file.body === null) {
      throw new ApiError("unexpected_response", "The API responded with nothing.");
    }
    return file.body;
  }
}
