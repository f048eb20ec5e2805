"""Test helper: schedules texts, batches and replies as a user, and moves their time to now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from servicekit.bus.connection import BusMessage
from servicekit.identity import Identity, acting_as
from services.messaging.tests.organisation import Organisation
from smsblaster.identity.v1 import events_pb2
from smsblaster.messaging.v1 import (
    batches_pb2,
    batches_pb2_grpc,
    inbox_pb2,
    inbox_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    scheduled_pb2,
    scheduled_pb2_grpc,
)
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

Request = TypeVar("Request")
Response = TypeVar("Response")

SENT = scheduled_pb2.SCHEDULED_SEND_STATUS_SENT
HELD = scheduled_pb2.SCHEDULED_SEND_STATUS_HELD
FAILED = scheduled_pb2.SCHEDULED_SEND_STATUS_FAILED
SCHEDULED = scheduled_pb2.SCHEDULED_SEND_STATUS_SCHEDULED
CANCELLED = scheduled_pb2.SCHEDULED_SEND_STATUS_CANCELLED


def stamp(moment: datetime) -> Timestamp:
    result = Timestamp()
    result.FromDatetime(moment)
    return result


def in_hours(hours: float) -> Timestamp:
    return stamp(datetime.now(UTC) + timedelta(hours=hours))


@dataclass
class Scheduler:
    """Calls the gRPC methods for scheduled sends as a member of an organisation."""

    organisation: Organisation
    person: Person | None = None

    async def text(
        self, to: str, body: str = "Later", send_at: Timestamp | None = None, **more: Any
    ) -> messages_pb2.Message:
        stub = messages_pb2_grpc.MessageServiceStub(self.organisation.messaging.channel)
        request = messages_pb2.SendMessageRequest(
            to=to, body=body, send_at=send_at or in_hours(1), **more
        )
        with acting_as(self._identity()):
            return await self.organisation.messaging.caller("campaigns").call(
                stub.SendMessage, request
            )

    async def batch(
        self, numbers: Sequence[str], body: str = "Later", **more: Any
    ) -> messages_pb2.SendBatchResponse:
        stub = messages_pb2_grpc.MessageServiceStub(self.organisation.messaging.channel)
        request = messages_pb2.SendBatchRequest(
            numbers=numbers, message=body, **{"send_at": in_hours(1), **more}
        )
        return await self._call(stub.SendBatch, request)

    async def texts(
        self, *texts: dict[str, Any], body: str = "Later", **more: Any
    ) -> messages_pb2.SendBatchResponse:
        """Schedule a batch in which recipients have texts of their own."""
        stub = batches_pb2_grpc.BatchServiceStub(self.organisation.messaging.channel)
        request = batches_pb2.SendTextsRequest(
            texts=[batches_pb2.BatchText(**text) for text in texts],
            body=body,
            **{"send_at": in_hours(1), **more},
        )
        with acting_as(self._identity()):
            return await self.organisation.messaging.caller("campaigns").call(
                stub.SendTexts, request
            )

    async def reply(self, contact_id: str, message: str = "Later") -> messages_pb2.Message:
        stub = inbox_pb2_grpc.InboxServiceStub(self.organisation.messaging.channel)
        request = inbox_pb2.ReplyRequest(
            contact_id=contact_id, message=message, send_at=in_hours(1)
        )
        return await self._call(stub.Reply, request)

    async def list(self, **wanted: Any) -> scheduled_pb2.ListScheduledSendsResponse:
        request = scheduled_pb2.ListScheduledSendsRequest(**wanted)
        return await self._call(self._stub.ListScheduledSends, request)

    async def detail(self, scheduled_id: str) -> scheduled_pb2.ScheduledSendDetail:
        request = scheduled_pb2.GetScheduledSendRequest(id=scheduled_id)
        return await self._call(self._stub.GetScheduledSend, request)

    async def cancel(self, scheduled_id: str) -> scheduled_pb2.ScheduledSend:
        request = scheduled_pb2.CancelScheduledSendRequest(id=scheduled_id)
        return await self._call(self._stub.CancelScheduledSend, request)

    async def resume(self, scheduled_id: str) -> scheduled_pb2.ScheduledSend:
        request = scheduled_pb2.ResumeScheduledSendRequest(id=scheduled_id)
        return await self._call(self._stub.ResumeScheduledSend, request)

    async def let_come(self, scheduled_id: str) -> None:
        """Make a scheduled send due now."""
        statement = text(
            "UPDATE scheduled_sends SET send_at = now() - interval '1 s', due_at = now()"
            " WHERE id = :id AND org_id = :org_id"
        )
        async with self.organisation.database.org(self.organisation.org_id) as connection:
            await connection.execute(
                statement, {"id": scheduled_id, "org_id": self.organisation.org_id}
            )

    async def until(
        self, scheduled_id: str, *statuses: "scheduled_pb2.ScheduledSendStatus.ValueType"
    ) -> scheduled_pb2.ScheduledSendDetail:
        """Wait until a scheduled send has one of `statuses`, and return it."""

        async def reached() -> scheduled_pb2.ScheduledSendDetail | None:
            found = await self.detail(scheduled_id)
            return found if found.scheduled.status in statuses else None

        found = await wait_until(reached)
        assert found is not None
        return found

    async def sent(self, scheduled_id: str) -> scheduled_pb2.ScheduledSendDetail:
        """Make a scheduled send due, and wait until it is sent."""
        await self.let_come(scheduled_id)
        return await self.until(scheduled_id, SENT)

    async def remove_member(self, person: Person) -> None:
        """Publish the bus event that a member was removed from the organisation."""
        event = events_pb2.MemberRemoved(org_id=str(person.org_id), user_id=str(person.user_id))
        event.removed_at.GetCurrentTime()
        payload = event.SerializeToString()
        message = BusMessage("event.gateway.member_removed", str(uuid4()), payload)
        await self.organisation.bus.publish([message])

    @property
    def _stub(self) -> "scheduled_pb2_grpc.ScheduledSendServiceAsyncStub":
        return scheduled_pb2_grpc.ScheduledSendServiceStub(self.organisation.messaging.channel)

    def _identity(self) -> Identity:
        return (self.person or self.organisation.person).identity()

    async def _call(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Request, Response]", request: Request
    ) -> Response:
        with acting_as(self._identity()):
            return await self.organisation.messaging.caller().call(method, request)
