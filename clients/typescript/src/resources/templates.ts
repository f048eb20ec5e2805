import { type Api, answer, type Filters, pages, type Schemas } from "../answers.js";

type Template = Schemas["Template"];

/** Texts with placeholders, such as `Hi {{firstName}}`. */
export class Templates {
  constructor(private readonly api: Api) {}

  /** Create a template. */
  create(template: Schemas["CreateTemplateRequest"]): Promise<Template> {
    return answer(this.api.POST("/api/templates", { body: template }));
  }

  /** Yield templates. */
  list(filters: Filters<"/api/templates"> = {}): AsyncIterable<Template> {
    return pages((page) =>
      this.api.GET("/api/templates", { params: { query: { ...filters, ...page } } }),
    );
  }

  /** Return a template. */
  get(id: string): Promise<Template> {
    return answer(this.api.GET("/api/templates/{id}", { params: { path: { id } } }));
  }

  /** Change the given fields. */
  update(id: string, changes: { name?: string; content?: string }): Promise<Template> {
    return answer(
      this.api.PATCH("/api/templates/{id}", { params: { path: { id } }, body: changes }),
    );
  }

  /** Delete a template. */
  async delete(id: string): Promise<void> {
    await this.api.DELETE("/api/templates/{id}", { params: { path: { id } } });
  }
}
