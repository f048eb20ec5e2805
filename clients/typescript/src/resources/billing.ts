import { type Api, answer, type Filters, pages, type Schemas } from "../answers.js";

/** The balance and what changed it. Amounts are integer cents. */
export class Billing {
  constructor(private readonly api: Api) {}

  /** Return the balance that pays for what the key's user sends. */
  balance(): Promise<Schemas["Balance"]> {
    return answer(this.api.GET("/api/billing/balance"));
  }

  /** Yield charges, refunds and top-ups, newest first. */
  transactions(
    filters: Filters<"/api/billing/transactions"> = {},
  ): AsyncIterable<Schemas["Transaction"]> {
    return pages((page) =>
      this.api.GET("/api/billing/transactions", { params: { query: { ...filters, ...page } } }),
    );
  }
}
