import createClient from "openapi-fetch";
import type { Api } from "./answers.js";
import { ApiError } from "./errors.js";
import type { paths } from "./generated/api.js";
import { API_VERSION } from "./generated/facts.js";
import { type Fetch, repeating } from "./repeating.js";
import { Billing } from "./resources/billing.js";
import { Campaigns } from "./resources/campaigns.js";
import { Contacts } from "./resources/contacts.js";
import { Events } from "./resources/events.js";
import { History } from "./resources/history.js";
import { Inbox } from "./resources/inbox.js";
import { Lists } from "./resources/lists.js";
import { Messages } from "./resources/messages.js";
import { Templates } from "./resources/templates.js";
import { WebhookEndpoints } from "./resources/webhook_endpoints.js";
import { WebhookListeners } from "./resources/webhook_listeners.js";

export interface Options {
  /** The key (`sk_...`), from Settings, API keys in the console. */
  apiKey: string;
  /** The address of the gateway, such as `https://sms.example.org`. */
  baseUrl: string;
  /** For how many seconds to wait for each response. */
  timeout?: number;
  /** How many times a request is repeated. */
  maxRetries?: number;
  /** What sends requests instead of the global fetch. */
  fetch?: Fetch;
}

/**
 * The API of one installation, for one API key. Every method throws an ApiError if a request
 * fails. Requests are repeated when that is safe. Nothing is sent twice.
 */
export class Client {
  /** The generated client, for routes that have no method here. */
  readonly api: Api;
  readonly messages: Messages;
  readonly contacts: Contacts;
  readonly lists: Lists;
  readonly templates: Templates;
  readonly campaigns: Campaigns;
  readonly events: Events;
  readonly inbox: Inbox;
  readonly billing: Billing;
  readonly history: History;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookListeners: WebhookListeners;

  /** Throws an ApiError (`invalid_request`) if the key or the address has a wrong form. */
  constructor({ apiKey, baseUrl, timeout = 60, maxRetries = 4, fetch }: Options) {
    verify(apiKey, baseUrl);
    const send: Fetch = fetch ?? ((request) => globalThis.fetch(request));
    const repeats = repeating(send, maxRetries, timeout);
    const headers = { Authorization: `Bearer ${apiKey}`, "SMSBlaster-Version": API_VERSION };
    this.api = createClient<paths>({ baseUrl, headers, fetch: repeats });
    this.messages = new Messages(this.api);
    this.contacts = new Contacts(this.api);
    this.lists = new Lists(this.api);
    this.templates = new Templates(this.api);
    this.campaigns = new Campaigns(this.api);
    this.events = new Events(this.api);
    this.inbox = new Inbox(this.api);
    this.billing = new Billing(this.api);
    this.history = new History(this.api, repeats, baseUrl);
    this.webhookEndpoints = new WebhookEndpoints(this.api);
    this.webhookListeners = new WebhookListeners(this.api);
  }
}

function verify(apiKey: string, baseUrl: string): void {
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new ApiError("invalid_request", "The API key is empty or damaged. Copy it again.");
  }
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl)) {
    const detail = `"${baseUrl}" is not an address such as https://sms.example.org.`;
    throw new ApiError("invalid_request", detail);
  }
}
