"""Test helper: calls the gRPC methods for conversations as a user."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation
from smsblaster.messaging.v1 import (
    inbox_pb2,
    inbox_pb2_grpc,
    messages_pb2,
    threads_pb2,
    threads_pb2_grpc,
)

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass(frozen=True)
class Inbox:
    """Calls the gRPC methods for conversations as a member of an organisation."""

    organisation: Organisation

    async def conversations(self, **wanted: Any) -> threads_pb2.ListThreadsResponse:
        return await self._call(
            self._conversations.ListThreads, threads_pb2.ListThreadsRequest(**wanted)
        )

    async def conversation(self, contact_id: str, **wanted: Any) -> threads_pb2.GetThreadResponse:
        request = threads_pb2.GetThreadRequest(contact_id=contact_id, **wanted)
        return await self._call(self._conversations.GetThread, request)

    async def read_conversation(self, contact_id: str) -> threads_pb2.Conversation:
        request = threads_pb2.MarkThreadReadRequest(contact_id=contact_id)
        return await self._call(self._conversations.MarkThreadRead, request)

    async def archive(self, contact_id: str) -> threads_pb2.Conversation:
        request = threads_pb2.ArchiveThreadRequest(contact_id=contact_id)
        return await self._call(self._conversations.ArchiveThread, request)

    async def unarchive(self, contact_id: str) -> threads_pb2.Conversation:
        request = threads_pb2.UnarchiveThreadRequest(contact_id=contact_id)
        return await self._call(self._conversations.UnarchiveThread, request)

    async def review(self, contact_id: str, decision: str) -> threads_pb2.Conversation:
        value = threads_pb2.OptOutDecision.Value(f"OPT_OUT_DECISION_{decision.upper()}")
        request = threads_pb2.ReviewOptOutRequest(contact_id=contact_id, decision=value)
        return await self._call(self._conversations.ReviewOptOut, request)

    async def mark(self, message_id: str, read: bool = True) -> messages_pb2.Message:
        request = inbox_pb2.MarkMessageRequest(id=message_id, read=read)
        return await self._call(self._inbox.MarkMessage, request)

    async def reply(self, contact_id: str, message: str = "Hello back") -> messages_pb2.Message:
        request = inbox_pb2.ReplyRequest(contact_id=contact_id, message=message)
        return await self._call(self._inbox.Reply, request, 40)

    async def search(
        self, q: str, since: datetime | None = None, until: datetime | None = None, **wanted: Any
    ) -> inbox_pb2.SearchMessagesResponse:
        request = inbox_pb2.SearchMessagesRequest(
            search=q, from_time=_stamp(since), to_time=_stamp(until), **wanted
        )
        return await self._call(self._inbox.SearchMessages, request)

    async def found(self, q: str, **wanted: Any) -> list[str]:
        """Return the messages that a search finds, newest first."""
        return [hit.message.body for hit in (await self.search(q, **wanted)).items]

    async def text_in(self, phone: str, *bodies: str) -> str:
        """Deliver incoming messages from ``phone``. Return the id of the contact."""
        for body in bodies:
            await self.organisation.text_in(phone, body)
        [conversation] = [t for t in (await self.conversations()).items if t.phone == phone]
        return conversation.contact_id

    async def _call(
        self,
        method: "grpc.aio.UnaryUnaryMultiCallable[Request, Response]",
        request: Request,
        timeout: float = 10,
    ) -> Response:
        with acting_as(self.organisation.person.identity()):
            return await self.organisation.messaging.caller().call(method, request, timeout)

    @property
    def _conversations(self) -> "threads_pb2_grpc.ThreadServiceAsyncStub":
        return threads_pb2_grpc.ThreadServiceStub(self.organisation.messaging.channel)

    @property
    def _inbox(self) -> "inbox_pb2_grpc.InboxServiceAsyncStub":
        return inbox_pb2_grpc.InboxServiceStub(self.organisation.messaging.channel)


def _stamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp
