import {
  type Api,
  answer,
  type Filters,
  keyed,
  pages,
  type Schemas,
  type Sending,
} from "../answers.js";

/** Conversations with people. */
export class Inbox {
  constructor(private readonly api: Api) {}

  /** Yield conversations, the latest first. */
  conversations(
    filters: Filters<"/api/messages/threads"> = {},
  ): AsyncIterable<Schemas["Conversation"]> {
    return pages((page) =>
      this.api.GET("/api/messages/threads", { params: { query: { ...filters, ...page } } }),
    );
  }

  /** Yield the messages to and from a contact. Each page is in the order of time. */
  messages(contactId: string): AsyncIterable<Schemas["Message"]> {
    return pages((query) =>
      this.api.GET("/api/messages/thread/{contactId}", { params: { path: { contactId }, query } }),
    );
  }

  /** Send a text to a contact and mark the conversation as read. */
  reply(text: Schemas["ReplyRequest"], sending: Sending = {}): Promise<Schemas["Message"]> {
    return answer(this.api.POST("/api/messages/reply", { body: text, params: keyed(sending) }));
  }

  /** Mark every message of a conversation as read. */
  markRead(contactId: string): Promise<Schemas["Conversation"]> {
    return answer(
      this.api.POST("/api/messages/threads/{contactId}/read", { params: { path: { contactId } } }),
    );
  }
}
