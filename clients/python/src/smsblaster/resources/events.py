"""Events, their attendees, and the texts to them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from smsblaster.answers import PAGE, Id, answer, given, id_of, object_of, optional_id, pages
from smsblaster.generated.api.operations import (
    add_attendees_from_list,
    create_attendee,
    create_event,
    delete_attendee,
    delete_event,
    get_attendee_messages,
    get_event,
    get_event_message_summary,
    get_event_notification,
    list_attendees,
    list_events,
    notify_attendees,
    retry_attendee_messages,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.add_attendees_from_list_body import AddAttendeesFromListBody
from smsblaster.generated.models.add_from_list_response import AddFromListResponse
from smsblaster.generated.models.attendee import Attendee
from smsblaster.generated.models.audience_input import AudienceInput
from smsblaster.generated.models.calendar_event import CalendarEvent
from smsblaster.generated.models.create_attendee_body import CreateAttendeeBody
from smsblaster.generated.models.create_event_request import CreateEventRequest
from smsblaster.generated.models.event_notification import EventNotification
from smsblaster.generated.models.event_notification_type_input import EventNotificationTypeInput
from smsblaster.generated.models.event_status_input import EventStatusInput
from smsblaster.generated.models.notify_attendees_body import NotifyAttendeesBody
from smsblaster.generated.models.notify_attendees_body_variables import (
    NotifyAttendeesBodyVariables,
)
from smsblaster.generated.models.retry_attendee_messages_body import RetryAttendeeMessagesBody
from smsblaster.generated.models.retry_sms_response import RetrySmsResponse
from smsblaster.generated.models.rsvp_status_input import RsvpStatusInput
from smsblaster.generated.models.sms_history import SmsHistory
from smsblaster.generated.models.sms_state_input import SmsStateInput
from smsblaster.generated.models.sms_summary import SmsSummary


class Events:
    """Events, their attendees, and the texts to them."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(
        self,
        name: str,
        date: dt.datetime,
        *,
        ends_at: dt.datetime | None = None,
        time_zone: str | None = None,
        location: str | None = None,
        status: EventStatusInput | None = None,
        idempotency_key: str | None = None,
    ) -> CalendarEvent:
        """Create an event. Calls with the same ``idempotency_key`` create only one event."""
        body = CreateEventRequest(
            name=name,
            date=date,
            ends_at=given(ends_at),
            time_zone=given(time_zone),
            location=given(location),
            status=given(status),
        )
        key = given(idempotency_key)
        return answer(create_event.sync(client=self._api, body=body, idempotency_key=key))

    def list(self, *, status: EventStatusInput | None = None) -> Iterator[CalendarEvent]:
        """Yield events."""
        return pages(
            lambda cursor: answer(
                list_events.sync(client=self._api, limit=PAGE, cursor=cursor, status=given(status))
            )
        )

    def get(self, event_id: Id) -> CalendarEvent:
        """Return an event."""
        return answer(get_event.sync(id_of(event_id), client=self._api))

    def delete(self, event_id: Id) -> None:
        """Delete an event with its attendees. Their texts stay in the history."""
        delete_event.sync_detailed(id_of(event_id), client=self._api)

    def add_attendee(
        self,
        event_id: Id,
        first_name: str,
        *,
        last_name: str | None = None,
        phone: str | None = None,
        rsvp_status: RsvpStatusInput | None = None,
        idempotency_key: str | None = None,
    ) -> Attendee:
        """Add a person to an event."""
        body = CreateAttendeeBody(
            first_name=first_name,
            last_name=given(last_name),
            phone=given(phone),
            rsvp_status=given(rsvp_status),
        )
        event, key = id_of(event_id), given(idempotency_key)
        return answer(create_attendee.sync(event, client=self._api, body=body, idempotency_key=key))

    def add_list(self, event_id: Id, list_id: Id) -> AddFromListResponse:
        """Add the members of a list to an event who are not its attendees yet."""
        body = AddAttendeesFromListBody(list_id=id_of(list_id))
        return answer(add_attendees_from_list.sync(id_of(event_id), client=self._api, body=body))

    def attendees(
        self,
        event_id: Id,
        *,
        search: str | None = None,
        rsvp_status: RsvpStatusInput | None = None,
        sms_state: SmsStateInput | None = None,
    ) -> Iterator[Attendee]:
        """Yield attendees, newest first."""
        return pages(
            lambda cursor: answer(
                list_attendees.sync(
                    id_of(event_id),
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    search=given(search),
                    rsvp_status=given(rsvp_status),
                    sms_state=given(sms_state),
                )
            )
        )

    def remove_attendee(self, event_id: Id, attendee_id: Id) -> None:
        """Remove a person from an event. The texts to them stay in their history."""
        delete_attendee.sync_detailed(id_of(event_id), id_of(attendee_id), client=self._api)

    def notify(
        self,
        event_id: Id,
        notification_type: EventNotificationTypeInput,
        *,
        attendee_ids: Sequence[Id] | None = None,
        audience: AudienceInput | None = None,
        message: str | None = None,
        template_id: Id | None = None,
        variables: Mapping[str, str] | None = None,
        price_version: str | None = None,
        idempotency_key: str | None = None,
    ) -> EventNotification:
        """Text the attendees of an event, in the background.

        Args:
            event_id: The event.
            notification_type: What the text is about.
            attendee_ids: Only these attendees. Default: the audience.
            audience: A part of the attendees. Default: all.
            message: The text. Default: the event's own text for the type.
            template_id: The template that provides the text.
            variables: Values for further placeholders, by their name.
            price_version: The price version of a quote. If prices have changed since, nothing is
                sent.
            idempotency_key: The same key with the same request texts nobody twice.
        """
        body = NotifyAttendeesBody(
            notification_type=notification_type,
            attendee_ids=given(None if attendee_ids is None else [*map(id_of, attendee_ids)]),
            audience=given(audience),
            message=given(message),
            template_id=optional_id(template_id),
            variables=object_of(NotifyAttendeesBodyVariables, variables),
            price_version=given(price_version),
        )
        event, key = id_of(event_id), given(idempotency_key)
        return answer(
            notify_attendees.sync(event, client=self._api, body=body, idempotency_key=key)
        )

    def notification(self, event_id: Id, notification_id: Id) -> EventNotification:
        """Return the notification that `notify` has created, with its results so far."""
        event, notification = id_of(event_id), id_of(notification_id)
        return answer(get_event_notification.sync(event, notification, client=self._api))

    def history(self, event_id: Id, attendee_id: Id) -> SmsHistory:
        """Return every text to an attendee, newest first."""
        event, attendee = id_of(event_id), id_of(attendee_id)
        return answer(get_attendee_messages.sync(event, attendee, client=self._api))

    def summary(self, event_id: Id) -> SmsSummary:
        """Return the counts of an event's texts, and those that failed."""
        return answer(get_event_message_summary.sync(id_of(event_id), client=self._api))

    def retry(
        self,
        event_id: Id,
        attendee_id: Id,
        *,
        message_id: Id | None = None,
        force: bool | None = None,
        idempotency_key: str | None = None,
    ) -> RetrySmsResponse:
        """Send failed texts to an attendee again.

        Args:
            event_id: The event.
            attendee_id: The attendee.
            message_id: The text. Default: all that failed and were not sent again yet.
            force: Whether to send even if the same error is expected again.
            idempotency_key: Calls with the same key send each text only once.
        """
        body = RetryAttendeeMessagesBody(
            message_id=optional_id(message_id),
            retry_all=given(True if message_id is None else None),
            force=given(force),
        )
        event, attendee = id_of(event_id), id_of(attendee_id)
        key = given(idempotency_key)
        return answer(
            retry_attendee_messages.sync(
                event, attendee, client=self._api, body=body, idempotency_key=key
            )
        )
