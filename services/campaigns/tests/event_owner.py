"""Test helper: a user who organizes events by calling the service."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.identity import Identity, acting_as
from smsblaster.events.v1 import (
    attendees_pb2,
    attendees_pb2_grpc,
    events_pb2,
    events_pb2_grpc,
    notifications_pb2,
    notifications_pb2_grpc,
    question_sets_pb2,
    question_sets_pb2_grpc,
    sms_pb2,
    sms_pb2_grpc,
    sms_retries_pb2,
    sms_retries_pb2_grpc,
)
from tests.fixtures.running import Person, Running

EVENT = events_pb2
ATTENDEE = attendees_pb2
OWNER = events_pb2.EVENT_PERMISSION_OWNER
CURATE = events_pb2.EVENT_PERMISSION_CURATE
VIEW = events_pb2.EVENT_PERMISSION_VIEW

_SERVICES = (
    (events_pb2, events_pb2_grpc.EventServiceStub),
    (attendees_pb2, attendees_pb2_grpc.AttendeeServiceStub),
    (question_sets_pb2, question_sets_pb2_grpc.QuestionSetServiceStub),
    (notifications_pb2, notifications_pb2_grpc.EventNotificationServiceStub),
    (sms_pb2, sms_pb2_grpc.EventSmsServiceStub),
    (sms_retries_pb2, sms_retries_pb2_grpc.EventSmsRetryServiceStub),
)


def moment(day: int, hour: int = 12) -> Timestamp:
    """Return an hour of a day in May 2027, UTC."""
    stamp = Timestamp()
    stamp.FromDatetime(datetime(2027, 5, day, hour, tzinfo=UTC))
    return stamp


@dataclass(frozen=True)
class EventOwner:
    """A user who organizes events."""

    service: Running
    person: Person

    async def create(self, **fields: Any) -> events_pb2.CalendarEvent:
        """Create an event and return it. `fields` replace the default name and date."""
        given: dict[str, Any] = {"name": "No Edges", "date": moment(1)} | fields
        created: events_pb2.CalendarEvent = await self.ask("CreateEvent", **given)
        return created

    def colleague(self, *roles: str) -> "EventOwner":
        """Return another user of the organisation. Default role: member."""
        person = Person(self.person.org_id, roles=frozenset(roles or {"member"}))
        return EventOwner(self.service, person)

    async def ask(self, method: str, **fields: Any) -> Any:
        """Call a method, such as `GetEvent`, with a request of `fields`."""
        for messages, stub in _SERVICES:
            call = getattr(stub(self.service.channel), method, None)
            if call is not None:
                request = getattr(messages, f"{method}Request")
                with acting_as(self.identity()):
                    return await self.service.caller().call(call, request(**fields))
        raise LookupError(method)

    async def all_of(self, method: str, size: int, **fields: Any) -> list[Any]:
        """Return all items of a list, read in pages of `size`."""
        found: list[Any] = []
        cursor = None
        while True:
            page = await self.ask(method, limit=size, cursor=cursor, **fields)
            assert len(page.items) <= size
            found += page.items
            if not page.next_cursor:
                return found
            cursor = page.next_cursor

    async def upload(
        self, requests: Iterable[attendees_pb2.ImportAttendeesRequest]
    ) -> attendees_pb2.ImportAttendeesResponse:
        """Call `ImportAttendees` with a stream of messages."""
        stub: Any = attendees_pb2_grpc.AttendeeServiceStub(self.service.channel)
        with acting_as(self.identity()):
            answer: attendees_pb2.ImportAttendeesResponse = await self.service.caller().call(
                stub.ImportAttendees, iter(requests)
            )
        return answer

    def start_upload(self, requests: AsyncIterator[attendees_pb2.ImportAttendeesRequest]) -> Any:
        """Start to call `ImportAttendees`. Return the call, which can be cancelled."""
        stub: Any = attendees_pb2_grpc.AttendeeServiceStub(self.service.channel)
        with acting_as(self.identity()):
            metadata = self.service.caller().metadata()
        return stub.ImportAttendees(requests, metadata=metadata)

    def identity(self) -> Identity:
        """Return the user's identity, as the gateway sends it. The time zone is New York."""
        person = self.person
        return Identity(
            "gateway",
            person.org_id,
            person.user_id,
            "Acme",
            person.roles,
            email_verified=True,
            org_time_zone="America/New_York",
        )
