import {
  type Api,
  answer,
  type Filters,
  keyed,
  pages,
  type Schemas,
  type Sending,
} from "../answers.js";

/** Single texts and batches, and what became of them. */
export class Messages {
  constructor(private readonly api: Api) {}

  /** Send one text: a `message` or template, to a phone number (`to`) or contact. */
  send(text: Schemas["SendTextRequest"], sending: Sending = {}): Promise<Schemas["Message"]> {
    return answer(this.api.POST("/api/sms/send", { body: text, params: keyed(sending) }));
  }

  /** Send one text to `numbers`, or a text for each of `recipients`. `results` has what became of each. */
  sendBatch(
    batch: Schemas["SendBatchRequest"],
    sending: Sending = {},
  ): Promise<Schemas["SendBatchResponse"]> {
    return answer(this.api.POST("/api/sms/batch", { body: batch, params: keyed(sending) }));
  }

  /** Return the size and the price of a text. Nothing is sent. */
  quote(text: Schemas["QuoteTextRequest"]): Promise<Schemas["Quote"]> {
    return answer(this.api.POST("/api/sms/quote", { body: text }));
  }

  /** Yield messages, sent and received, newest first. */
  list(filters: Filters<"/api/messages"> = {}): AsyncIterable<Schemas["Message"]> {
    return pages((page) =>
      this.api.GET("/api/messages", { params: { query: { ...filters, ...page } } }),
    );
  }

  /** Return a message with its timeline and retries. */
  get(id: string): Promise<Schemas["MessageDetail"]> {
    return answer(this.api.GET("/api/messages/{id}", { params: { path: { id } } }));
  }

  /** Send a failed text again, to the contact's current number. */
  retry(
    id: string,
    options: { force?: boolean } = {},
    sending: Sending = {},
  ): Promise<Schemas["Message"]> {
    return answer(
      this.api.POST("/api/messages/{id}/retry", {
        params: { path: { id }, ...keyed(sending) },
        body: options,
      }),
    );
  }

  /** Yield texts for later, also those that were sent or cancelled. */
  scheduled(): AsyncIterable<Schemas["ScheduledSend"]> {
    return pages((query) => this.api.GET("/api/sms/scheduled", { params: { query } }));
  }

  /** Cancel a text for later. */
  cancelScheduled(id: string): Promise<Schemas["ScheduledSend"]> {
    return answer(this.api.DELETE("/api/sms/scheduled/{id}", { params: { path: { id } } }));
  }
}
