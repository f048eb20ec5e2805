import {
  type Api,
  answer,
  type Body,
  type Filters,
  keyed,
  pages,
  type Schemas,
  type Sending,
} from "../answers.js";

type CalendarEvent = Schemas["CalendarEvent"];
type Attendee = Schemas["Attendee"];
type Notification = Schemas["EventNotification"];

/** Events, their attendees, and the texts to them. */
export class Events {
  constructor(private readonly api: Api) {}

  /** Create an event. The same idempotency key creates one event. */
  create(event: Schemas["CreateEventRequest"], sending: Sending = {}): Promise<CalendarEvent> {
    return answer(this.api.POST("/api/events", { body: event, params: keyed(sending) }));
  }

  /** Yield events. */
  list(filters: Filters<"/api/events"> = {}): AsyncIterable<CalendarEvent> {
    return pages((page) =>
      this.api.GET("/api/events", { params: { query: { ...filters, ...page } } }),
    );
  }

  /** Return an event. */
  get(id: string): Promise<CalendarEvent> {
    return answer(this.api.GET("/api/events/{eventId}", { params: event(id) }));
  }

  /** Delete an event with its attendees. Their texts stay in the history. */
  async delete(id: string): Promise<void> {
    await this.api.DELETE("/api/events/{eventId}", { params: event(id) });
  }

  /** Add a person to an event. */
  addAttendee(
    id: string,
    attendee: Body<"/api/events/{eventId}/attendees">,
    sending: Sending = {},
  ): Promise<Attendee> {
    const params = { ...event(id), ...keyed(sending) };
    return answer(this.api.POST("/api/events/{eventId}/attendees", { params, body: attendee }));
  }

  /** Add the members of a list to an event who are not its attendees yet. */
  addList(
    id: string,
    list: Body<"/api/events/{eventId}/attendees/from-list">,
  ): Promise<Schemas["AddFromListResponse"]> {
    const params = event(id);
    return answer(
      this.api.POST("/api/events/{eventId}/attendees/from-list", { params, body: list }),
    );
  }

  /** Yield attendees, newest first. */
  attendees(
    id: string,
    filters: Filters<"/api/events/{eventId}/attendees"> = {},
  ): AsyncIterable<Attendee> {
    return pages((page) =>
      this.api.GET("/api/events/{eventId}/attendees", {
        params: { ...event(id), query: { ...filters, ...page } },
      }),
    );
  }

  /** Remove a person from an event. The texts to them stay in their history. */
  async removeAttendee(id: string, attendeeId: string): Promise<void> {
    const params = { path: { eventId: id, attendeeId } };
    await this.api.DELETE("/api/events/{eventId}/attendees/{attendeeId}", { params });
  }

  /** Text the attendees of an event, in the background. */
  notify(
    id: string,
    notification: Body<"/api/events/{eventId}/notify">,
    sending: Sending = {},
  ): Promise<Notification> {
    const params = { ...event(id), ...keyed(sending) };
    return answer(this.api.POST("/api/events/{eventId}/notify", { params, body: notification }));
  }

  /** Return a notification with its results so far. */
  notification(id: string, notificationId: string): Promise<Notification> {
    const params = { path: { eventId: id, notificationId } };
    return answer(this.api.GET("/api/events/{eventId}/notifications/{notificationId}", { params }));
  }

  /** Return every text to an attendee, newest first. */
  history(id: string, attendeeId: string): Promise<Schemas["SmsHistory"]> {
    const params = { path: { eventId: id, attendeeId } };
    return answer(
      this.api.GET("/api/events/{eventId}/attendees/{attendeeId}/sms-history", { params }),
    );
  }

  /** Return the counts of an event's texts, and those that failed. */
  summary(id: string): Promise<Schemas["SmsSummary"]> {
    return answer(this.api.GET("/api/events/{eventId}/sms-summary", { params: event(id) }));
  }

  /** Send failed texts to an attendee again: one text, or all that were not sent again yet. */
  retry(
    id: string,
    attendeeId: string,
    options: { messageId?: string; force?: boolean } = {},
    sending: Sending = {},
  ): Promise<Schemas["RetrySmsResponse"]> {
    const params = { path: { eventId: id, attendeeId }, ...keyed(sending) };
    const body = options.messageId === undefined ? { retryAll: true, ...options } : options;
    return answer(
      this.api.POST("/api/events/{eventId}/attendees/{attendeeId}/sms-retry", { params, body }),
    );
  }
}

function event(eventId: string): { path: { eventId: string } } {
  return { path: { eventId } };
}
