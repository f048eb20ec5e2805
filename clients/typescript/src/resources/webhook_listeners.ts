import { type Api, answer, type Schemas } from "../answers.js";
import { ApiError, mayBeDone } from "../errors.js";
import { sleep } from "../waiting.js";
import { type Event, verify } from "../webhooks.js";

/** What a call to an endpoint would have: its verified event, its headers and its body. */
export interface ReceivedCall {
  event: Event;
  headers: Record<string, string>;
  body: string;
}

/** How to wait for events. */
export interface Listening {
  /** Seconds between two looks while nothing happens. */
  interval?: number;
  /**
   * Called with the error while the platform can't be reached or has a fault. The listener then
   * goes on. By default the error is thrown.
   */
  onOutage?: (error: ApiError) => void;
}

/** A listener. Delete it with `close` when it is not needed any longer. */
export class Listener {
  constructor(
    private readonly api: Api,
    /** The listener's id. */
    readonly id: string,
    /** What signs its events (`whsec_...`). */
    readonly secret: string,
  ) {}

  /**
   * Yield events as they happen, without end. Their signatures are verified. An event counts as
   * received once the next one is asked for.
   *
   * Throws a VerificationError if events are not from the platform, or a clock is wrong.
   */
  async *events(options: Listening = {}): AsyncGenerator<ReceivedCall, void, undefined> {
    const { interval = 1, onOutage } = options;
    let received: string[] = [];
    while (true) {
      let calls: [string, ReceivedCall][];
      try {
        calls = await this.fetch(received);
      } catch (error) {
        if (!onOutage || !(error instanceof ApiError) || !mayBeDone(error)) throw error;
        onOutage(error);
        await sleep(Math.max(interval, error.retryAfter ?? 0));
        continue;
      }
      received = [];
      for (const [id, call] of calls) {
        yield call;
        received.push(id);
      }
      if (calls.length === 0) await sleep(interval);
    }
  }

  /** Delete the listener with the events that it has not received. */
  async close(): Promise<void> {
    await this.api.DELETE("/api/webhooks/listeners/{id}", { params: { path: { id: this.id } } });
  }

  /** Return the events that wait. They are verified now, however long each is handled. */
  private async fetch(received: string[]): Promise<[string, ReceivedCall][]> {
    const { events } = await answer(
      this.api.POST("/api/webhooks/listeners/{id}/fetch", {
        params: { path: { id: this.id } },
        body: { received },
      }),
    );
    return events.map((event) => [event.id, this.callOf(event)]);
  }

  private callOf(fetched: Schemas["FetchedWebhookEvent"]): ReceivedCall {
    const { id, timestamp, signature, payload: body } = fetched;
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    };
    return { event: verify(body, headers, this.secret), headers, body };
  }
}

/** Fetch events without a public address. It needs the scopes `admin` and `read`. */
export class WebhookListeners {
  constructor(private readonly api: Api) {}

  /**
   * Create a listener, which gets what happens from now on. A listener that nobody fetches for an
   * hour is deleted.
   */
  async create(wanted: Schemas["CreateWebhookListenerRequest"] = {}): Promise<Listener> {
    const made = await answer(this.api.POST("/api/webhooks/listeners", { body: wanted }));
    return new Listener(this.api, made.listener.id, made.secret);
  }
}
