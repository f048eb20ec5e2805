import {
  type Api,
  answer,
  type Filters,
  keyed,
  pages,
  type Schemas,
  type Sending,
} from "../answers.js";
import { states, type Waiting } from "../waiting.js";

type Campaign = Schemas["Campaign"];

/** A campaign and its counts at one moment. */
export interface Progress {
  campaign: Campaign;
  metrics: Schemas["CampaignMetrics"];
}

interface Confirmation {
  /** The one of the campaign's quote. If the price has changed since, nothing is sent. */
  priceVersion?: string;
}

const UNDER_WAY = ["scheduled", "running"];

/** Texts to a list of contacts. */
export class Campaigns {
  constructor(private readonly api: Api) {}

  /** Create a draft, or a campaign for later. It needs a list, and a message or template. */
  create(campaign: Schemas["CreateCampaignRequest"], sending: Sending = {}): Promise<Campaign> {
    return answer(this.api.POST("/api/campaigns", { body: campaign, params: keyed(sending) }));
  }

  /** Yield campaigns, newest first. */
  list(filters: Filters<"/api/campaigns"> = {}): AsyncIterable<Campaign> {
    return pages((page) =>
      this.api.GET("/api/campaigns", { params: { query: { ...filters, ...page } } }),
    );
  }

  /** Return a campaign. */
  get(id: string): Promise<Campaign> {
    return answer(this.api.GET("/api/campaigns/{id}", { params: { path: { id } } }));
  }

  /** Delete a campaign that is not under way. */
  async delete(id: string): Promise<void> {
    await this.api.DELETE("/api/campaigns/{id}", { params: { path: { id } } });
  }

  /** Return what a campaign would cost. Nothing is sent. */
  quote(id: string): Promise<Schemas["CampaignQuote"]> {
    return answer(this.api.POST("/api/campaigns/{id}/quote", { params: { path: { id } } }));
  }

  /** Start a campaign. */
  send(id: string, confirmation: Confirmation = {}): Promise<Campaign> {
    return answer(
      this.api.POST("/api/campaigns/{id}/send", { params: { path: { id } }, body: confirmation }),
    );
  }

  /** Pause a running campaign. */
  pause(id: string): Promise<Campaign> {
    return answer(this.api.PATCH("/api/campaigns/{id}/pause", { params: { path: { id } } }));
  }

  /** Go on with a paused campaign. */
  resume(id: string, confirmation: Confirmation = {}): Promise<Campaign> {
    return answer(
      this.api.PATCH("/api/campaigns/{id}/resume", {
        params: { path: { id } },
        body: confirmation,
      }),
    );
  }

  /** End a campaign. Texts that were not sent are refunded. */
  cancel(id: string): Promise<Campaign> {
    return answer(this.api.PATCH("/api/campaigns/{id}/cancel", { params: { path: { id } } }));
  }

  /** Return the counts of a campaign. */
  metrics(id: string): Promise<Schemas["CampaignMetrics"]> {
    return answer(this.api.GET("/api/campaigns/{id}/metrics", { params: { path: { id } } }));
  }

  /**
   * Yield the progress of a campaign whenever it has changed, until it ends or is paused. A draft
   * yields its state once.
   */
  watch(id: string, waiting: Waiting = {}): AsyncIterable<Progress> {
    return states(
      async () => ({ campaign: await this.get(id), metrics: await this.metrics(id) }),
      (progress) => !UNDER_WAY.includes(progress.campaign.status),
      { interval: 2, ...waiting },
    );
  }

  /** Yield what became of each recipient's text. */
  results(
    id: string,
    filters: Filters<"/api/campaigns/{id}/results"> = {},
  ): AsyncIterable<Schemas["RecipientResult"]> {
    return pages((page) =>
      this.api.GET("/api/campaigns/{id}/results", {
        params: { path: { id }, query: { ...filters, ...page } },
      }),
    );
  }

  /** Return why texts of a campaign have failed, with counts and what to do. */
  async errors(id: string): Promise<Schemas["CampaignError"][]> {
    const params = { path: { id } };
    return (await answer(this.api.GET("/api/campaigns/{id}/errors", { params }))).items;
  }

  /** Return the results of a campaign as a CSV file, as a stream. */
  exportCsv(id: string): Promise<ReadableStream<Uint8Array>> {
    const params = { path: { id } };
    return answer(
      this.api.GET("/api/campaigns/{id}/results/export", { params, parseAs: "stream" }),
    ) as Promise<ReadableStream<Uint8Array>>;
  }

  /** Create a campaign for the recipients that an ended one did not reach. */
  retry(
    id: string,
    options: { start?: boolean; retryableOnly?: boolean } = {},
    sending: Sending = {},
  ): Promise<Campaign> {
    return answer(
      this.api.POST("/api/campaigns/{id}/retry-failed", {
        params: { path: { id }, ...keyed(sending) },
        body: options,
      }),
    );
  }
}
