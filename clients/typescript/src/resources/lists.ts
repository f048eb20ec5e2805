import { type Api, answer, pages, type Schemas } from "../answers.js";

/** Contacts that one request may name. */
const MOST = 5000;

/** Lists of contacts. */
export class Lists {
  constructor(private readonly api: Api) {}

  /** Create an empty list, or a segment if a filter is given. */
  create(list: Schemas["CreateListRequest"]): Promise<Schemas["ContactList"]> {
    return answer(this.api.POST("/api/contact-lists", { body: list }));
  }

  /** Yield all lists. */
  list(): AsyncIterable<Schemas["ContactList"]> {
    return pages((query) => this.api.GET("/api/contact-lists", { params: { query } }));
  }

  /** Return a list. */
  get(id: string): Promise<Schemas["ContactList"]> {
    return answer(this.api.GET("/api/contact-lists/{id}", { params: { path: { id } } }));
  }

  /** Delete a list. Its contacts stay. */
  async delete(id: string): Promise<void> {
    await this.api.DELETE("/api/contact-lists/{id}", { params: { path: { id } } });
  }

  /** Add contacts to a list. Returns how many were not on it. */
  async add(id: string, contactIds: string[]): Promise<number> {
    let added = 0;
    for (const part of partsOf(contactIds)) {
      const params = { path: { id } };
      const body = { contactIds: part };
      added += (await answer(this.api.POST("/api/contact-lists/{id}/members", { params, body })))
        .added;
    }
    return added;
  }

  /** Take contacts from a list. Returns how many were on it. */
  async remove(id: string, contactIds: string[]): Promise<number> {
    let removed = 0;
    for (const part of partsOf(contactIds)) {
      const params = { path: { id } };
      const body = { contactIds: part };
      removed += (
        await answer(this.api.POST("/api/contact-lists/{id}/members/remove", { params, body }))
      ).removed;
    }
    return removed;
  }
}

function* partsOf(ids: string[]): Generator<string[]> {
  for (let at = 0; at < ids.length; at += MOST) yield ids.slice(at, at + MOST);
}
