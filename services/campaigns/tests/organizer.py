"""Test helper: a user who sends event messages."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.campaigns.tests.event_owner import EventOwner
from services.campaigns.tests.organisation import Organisation, phone
from smsblaster.campaigns.v1 import campaigns_pb2
from smsblaster.events.v1 import attendees_pb2, events_pb2, notifications_pb2, sms_pb2
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

INVITATION = notifications_pb2.EVENT_NOTIFICATION_TYPE_INVITATION
EVENT_REMINDER = notifications_pb2.EVENT_NOTIFICATION_TYPE_EVENT_REMINDER
MATCH_REVEAL = notifications_pb2.EVENT_NOTIFICATION_TYPE_MATCH_REVEAL
NEW_RSVPS = notifications_pb2.EVENT_NOTIFICATION_TYPE_NEW_RSVPS
QUESTION_SET = notifications_pb2.EVENT_NOTIFICATION_TYPE_QUESTION_SET


@dataclass(frozen=True)
class Organizer(EventOwner):
    """A user who organizes events."""

    @classmethod
    def of(cls, service: Running, organisation: Organisation) -> "Organizer":
        """Return a user of the organisation who has no access to events by role."""
        someone = organisation.person
        return cls(service, Person(someone.org_id, someone.user_id, frozenset({"member"})))

    async def event(self, **fields: Any) -> events_pb2.CalendarEvent:
        """Create an event and return it. The default date is in ten days."""
        given: dict[str, Any] = {"name": "Garden party", "time_zone": "UTC"} | fields
        if "date" not in given:
            given["date"] = datetime.now(UTC) + timedelta(days=10)
        return await self.create(**given)

    async def attendee(
        self, event_id: str, number: int | None, **fields: Any
    ) -> attendees_pb2.Attendee:
        """Create an attendee with the `number`-th phone number, or without one if it is None."""
        given: dict[str, Any] = {"first_name": f"Attendee{number}"} | fields
        if number is not None:
            given["phone"] = phone(number)
        created: attendees_pb2.Attendee = await self.ask(
            "CreateAttendee", event_id=event_id, **given
        )
        return created

    async def notify(
        self, event_id: str, kind: Any = EVENT_REMINDER, **fields: Any
    ) -> notifications_pb2.EventNotification:
        """Send an event message of this type."""
        sent: notifications_pb2.EventNotification = await self.ask(
            "Notify", event_id=event_id, notification_type=kind, **fields
        )
        return sent

    async def notified(
        self, event_id: str, kind: Any = EVENT_REMINDER, **fields: Any
    ) -> notifications_pb2.EventNotification:
        """Send an event message of this type, and wait until it is done."""
        sent = await self.notify(event_id, kind, **fields)
        return await self.until(event_id, sent.id, campaigns_pb2.CAMPAIGN_STATUS_DONE)

    async def question_set(self, event_id: str) -> str:
        """Create a question set. Return its id."""
        questions = ["Tea or coffee?", "Sea or hills?"]
        created = await self.ask(
            "CreateQuestionSet", event_id=event_id, title="Ice breakers", questions=questions
        )
        return str(created.id)

    async def match(self, event_id: str, one: str, other: str) -> None:
        """Store two attendees of the event as a match: they should meet."""
        await self.ask(
            "AddMatches",
            event_id=event_id,
            pairs=[{"attendee_id": one, "matched_attendee_id": other}],
        )

    async def notification(
        self, event_id: str, notification_id: str
    ) -> notifications_pb2.EventNotification:
        found: notifications_pb2.EventNotification = await self.ask(
            "GetEventNotification", event_id=event_id, notification_id=notification_id
        )
        return found

    async def until(
        self, event_id: str, notification_id: str, status: campaigns_pb2.CampaignStatus.ValueType
    ) -> notifications_pb2.EventNotification:
        """Wait until the event message has `status`, and return it."""

        async def there() -> notifications_pb2.EventNotification | None:
            found = await self.notification(event_id, notification_id)
            return found if found.status == status else None

        reached = await wait_until(there, message="notification has the status")
        assert reached is not None
        return reached

    async def history(self, event_id: str, attendee_id: str) -> sms_pb2.SmsHistory:
        found: sms_pb2.SmsHistory = await self.ask(
            "GetSmsHistory", event_id=event_id, attendee_id=attendee_id
        )
        return found

    async def retry(
        self, event_id: str, attendee_id: str, **fields: Any
    ) -> sms_pb2.RetrySmsResponse:
        answer: sms_pb2.RetrySmsResponse = await self.ask(
            "RetrySms", event_id=event_id, attendee_id=attendee_id, **fields
        )
        return answer

    async def summary(self, event_id: str) -> sms_pb2.SmsSummary:
        found: sms_pb2.SmsSummary = await self.ask("GetSmsSummary", event_id=event_id)
        return found
