import { type Api, answer, type Filters, pages, type Schemas } from "../answers.js";
import { ApiError } from "../errors.js";
import type { paths } from "../generated/api.js";
import { states, type Waiting } from "../waiting.js";

type Contact = Schemas["Contact"];
type ImportJob = Schemas["ImportJob"];
type Changes = NonNullable<
  paths["/api/contacts/{id}"]["patch"]["requestBody"]
>["content"]["application/json"];

/** How to read a CSV file. */
export interface Reading {
  /** Which column holds which field. Default: the names of the columns decide. */
  mapping?: Record<string, string>;
  /** The list to which every contact of the file is added. */
  listId?: string;
  /** The country of numbers without a country code, such as `US`. */
  defaultCountry?: string;
}

const ENDED = ["done", "failed", "cancelled"];

/** The people of the organisation. */
export class Contacts {
  constructor(private readonly api: Api) {}

  /** Create a contact. Its phone number can be in any common format. */
  create(contact: Schemas["CreateContactRequest"]): Promise<Contact> {
    return answer(this.api.POST("/api/contacts", { body: contact }));
  }

  /** Yield the contacts that match every given filter. */
  list(filters: Filters<"/api/contacts"> = {}): AsyncIterable<Contact> {
    return pages((page) =>
      this.api.GET("/api/contacts", { params: { query: { ...filters, ...page } } }),
    );
  }

  /** Return a contact. */
  get(id: string): Promise<Contact> {
    return answer(this.api.GET("/api/contacts/{id}", { params: { path: { id } } }));
  }

  /** Change the given fields. Null empties a field; `tags` replaces all tags. */
  update(id: string, changes: Changes): Promise<Contact> {
    return answer(
      this.api.PATCH("/api/contacts/{id}", { params: { path: { id } }, body: changes }),
    );
  }

  /** Delete a contact. */
  async delete(id: string): Promise<void> {
    await this.api.DELETE("/api/contacts/{id}", { params: { path: { id } } });
  }

  /** Note that a person wants no texts. */
  optOut(id: string): Promise<Contact> {
    return answer(this.api.POST("/api/contacts/{id}/opt-out", { params: { path: { id } } }));
  }

  /**
   * Upload a CSV file and wait until its rows are imported. Throws an ApiError if the file is
   * refused or the import fails (`import_failed`). Rows with errors don't make an import fail: see
   * `errorCount` and `importErrors`.
   *
   * @param file The file: from a form, or `await fs.openAsBlob("guests.csv")` in Node.
   */
  async importCsv(
    file: Blob,
    options: Reading & Waiting & { onProgress?: (job: ImportJob) => void } = {},
  ): Promise<ImportJob> {
    let job = await this.startImport(file, options);
    const { id } = job;
    for await (job of states(
      () => this.getImport(id),
      (state) => ENDED.includes(state.status),
      options,
    )) {
      options.onProgress?.(job);
    }
    if (job.status === "failed") {
      throw new ApiError("import_failed", job.failure ?? "The import has failed.");
    }
    return job;
  }

  /** Upload a CSV file. Its rows are imported in the background. */
  startImport(file: Blob, reading: Reading = {}): Promise<ImportJob> {
    const form = new FormData();
    form.append("file", file, "contacts.csv");
    const { mapping, listId, defaultCountry } = reading;
    const query = {
      ...(mapping && { mapping: JSON.stringify(mapping) }),
      ...(listId && { listId }),
      ...(defaultCountry && { defaultCountry }),
    };
    return answer(
      this.api.POST("/api/contacts/import-jobs", {
        params: { query },
        body: { file: "" },
        bodySerializer: () => form,
      }),
    );
  }

  /** Return the progress of an import. */
  getImport(id: string): Promise<ImportJob> {
    return answer(this.api.GET("/api/contacts/import-jobs/{id}", { params: { path: { id } } }));
  }

  /** Stop an import. Contacts that it has created stay. */
  cancelImport(id: string): Promise<ImportJob> {
    return answer(
      this.api.POST("/api/contacts/import-jobs/{id}/cancel", { params: { path: { id } } }),
    );
  }

  /** Yield what is wrong with rows of an import. */
  importErrors(id: string): AsyncIterable<Schemas["ImportError"]> {
    return pages((query) =>
      this.api.GET("/api/contacts/import-jobs/{id}/errors", { params: { path: { id }, query } }),
    );
  }

  /** Return contacts as a CSV file, as a stream. */
  exportCsv(filters: Filters<"/api/contacts/export"> = {}): Promise<ReadableStream<Uint8Array>> {
    return answer(
      this.api.GET("/api/contacts/export", { params: { query: filters }, parseAs: "stream" }),
    ) as Promise<ReadableStream<Uint8Array>>;
  }
}
