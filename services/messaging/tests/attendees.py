"""Test helper: an event of an organisation, and the event messages to its attendees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import grpc
from sqlalchemy import RowMapping, insert, text

from servicekit.identity import acting_as
from servicekit.ids import new_id
from servicekit.rpc.messages import enum_name
from services.messaging.common.storage.tables import sms_messages
from services.messaging.tests.organisation import Organisation
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    event_texts_pb2,
    event_texts_pb2_grpc,
    messages_pb2,
)
from tests.fixtures.waiting import wait_until

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass
class Event:
    """An event. Each phone number belongs to one attendee."""

    organisation: Organisation
    id: UUID = field(default_factory=new_id)
    attendee_ids: dict[str, UUID] = field(default_factory=dict)

    def attendee(self, phone: str) -> UUID:
        """Return the id of the attendee with a phone number."""
        return self.attendee_ids.setdefault(phone, new_id())

    def chunk(
        self, ids: Mapping[str, str], body: str, kind: str, campaign_id: UUID
    ) -> dispatch_pb2.SubmitChunkRequest:
        """Return a chunk of event messages. ``ids`` maps phone numbers to contact ids."""
        return dispatch_pb2.SubmitChunkRequest(
            campaign_id=str(campaign_id),
            user_id=str(self.organisation.person.user_id),
            event_id=str(self.id),
            notification_type=kind,
            recipients=[
                dispatch_pb2.ChunkRecipient(
                    contact_id=contact_id,
                    phone=phone,
                    body=body,
                    attendee_id=str(self.attendee(phone)),
                )
                for phone, contact_id in ids.items()
            ],
        )

    async def notify(
        self,
        phones: Sequence[str],
        body: str = "Doors open at 8",
        kind: str = "event_reminder",
        campaign_id: UUID | None = None,
    ) -> list[str]:
        """Send an event message to each attendee. Return the ids of the messages."""
        ids = await self.organisation.contact_ids(phones)
        campaign_id = campaign_id or new_id()
        await self.submit(self.chunk(ids, body, kind, campaign_id))

        async def handed_over() -> list[str]:
            rows = await self.rows(
                "SELECT id, contact_id FROM sms_messages WHERE campaign_id = :campaign_id"
                " AND org_id = :org_id AND status NOT IN ('pending', 'sending')",
                campaign_id=campaign_id,
            )
            found = {str(row["contact_id"]): str(row["id"]) for row in rows}
            wanted = [found[ids[phone]] for phone in phones if ids[phone] in found]
            return wanted if len(wanted) == len(phones) else []

        return await wait_until(handed_over, message="handed over")

    async def past(self, phone: str, status: str = "undelivered", **columns: Any) -> str:
        """Add an event message as if it had been sent earlier. Return its id."""
        columns = {
            "id": new_id(),
            "org_id": self.organisation.org_id,
            "event_id": self.id,
            "attendee_id": self.attendee(phone),
            "notification_type": "event_reminder",
            "to_number": phone,
            "body": "Doors open at 8",
            "direction": "out",
            "status": status,
            "segments": 1,
            "price_cents": 1,
            "charged": True,
            **columns,
        }
        async with self.organisation.database.org(self.organisation.org_id) as connection:
            await connection.execute(insert(sms_messages).values(columns))
        return str(columns["id"])

    async def sid(self, message_id: str) -> str:
        """Return Twilio's SID of a message."""
        [row] = await self.rows(
            "SELECT provider_sid FROM sms_messages WHERE id = :id AND org_id = :org_id",
            id=message_id,
        )
        return str(row["provider_sid"])

    async def retry(
        self, message_id: str, phone: str, force: bool = False, to: str | None = None
    ) -> messages_pb2.Message:
        """Retry an event message to the attendee with ``phone``. ``to`` is another phone number."""
        request = event_texts_pb2.RetryTextRequest(
            event_id=str(self.id),
            attendee_id=str(self.attendee(phone)),
            message_id=message_id,
            to=to or phone,
            force=force,
        )
        return await self.call(self.stub.RetryText, request, 40)

    async def texts(
        self, phone: str, limit: int = 500
    ) -> event_texts_pb2.ListAttendeeTextsResponse:
        request = event_texts_pb2.ListAttendeeTextsRequest(
            event_id=str(self.id), attendee_id=str(self.attendee(phone)), limit=limit
        )
        return await self.call(self.stub.ListAttendeeTexts, request)

    async def summary(self, failed_limit: int = 500) -> event_texts_pb2.SummarizeEventResponse:
        request = event_texts_pb2.SummarizeEventRequest(
            event_id=str(self.id), failed_limit=failed_limit
        )
        return await self.call(self.stub.SummarizeEvent, request)

    async def states(self, phones: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return the counts of event messages by phone number and status, without zeros."""
        request = event_texts_pb2.ListAttendeeStatesRequest(
            event_id=str(self.id), attendee_ids=[str(self.attendee(p)) for p in phones]
        )
        answer = await self.call(self.stub.ListAttendeeStates, request)
        phone_of = {str(self.attendee(p)): p for p in phones}
        return {phone_of[each.attendee_id]: counted(each.counts) for each in answer.states}

    async def retryable(self, phone: str, limit: int = 500) -> list[str]:
        request = event_texts_pb2.ListRetryableRequest(
            event_id=str(self.id), attendee_id=str(self.attendee(phone)), limit=limit
        )
        return list((await self.call(self.stub.ListRetryable, request)).message_ids)

    async def delete_texts(self) -> tuple[int, bool]:
        """Delete event messages. Return how many were deleted, and whether any remain."""
        request = event_texts_pb2.DeleteEventTextsRequest(event_id=str(self.id))
        answer = await self.call(self.stub.DeleteEventTexts, request)
        return answer.deleted, answer.remaining

    async def submit(
        self, request: dispatch_pb2.SubmitChunkRequest
    ) -> dispatch_pb2.SubmitChunkResponse:
        stub = dispatch_pb2_grpc.DispatchServiceStub(self.organisation.messaging.channel)
        return await self.call(stub.SubmitChunk, request)

    async def call(
        self,
        method: "grpc.aio.UnaryUnaryMultiCallable[Request, Response]",
        request: Request,
        timeout: float = 10,
    ) -> Response:
        """Call a method as the campaigns service does for a user."""
        caller = self.organisation.messaging.caller("campaigns")
        with acting_as(self.organisation.person.identity()):
            return await caller.call(method, request, timeout)

    async def rows(self, query: str, **parameters: object) -> Sequence[RowMapping]:
        """Return the rows of a query, which sees only the organisation's rows."""
        parameters["org_id"] = self.organisation.org_id
        async with self.organisation.database.org(self.organisation.org_id) as connection:
            return (await connection.execute(text(query), parameters)).mappings().all()

    async def execute(self, statement: str, **parameters: object) -> None:
        """Execute a statement, which sees only the organisation's rows."""
        parameters["org_id"] = self.organisation.org_id
        async with self.organisation.database.org(self.organisation.org_id) as connection:
            await connection.execute(text(statement), parameters)

    @property
    def stub(self) -> "event_texts_pb2_grpc.EventTextServiceAsyncStub":
        return event_texts_pb2_grpc.EventTextServiceStub(self.organisation.messaging.channel)


def counted(counts: Sequence[event_texts_pb2.StatusCount]) -> dict[str, int]:
    """Return the counts, keyed by the name of the status."""
    status = messages_pb2.MessageStatus.DESCRIPTOR
    return {enum_name(status, each.status): each.count for each in counts}
