"""A list needs as many SQL statements for 100 rows as for 10, in all services together."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from sqlalchemy import text

from servicekit.identity import acting_as
from services.messaging.inbox.storage import conversations
from services.messaging.inbox.storage.conversations import LatestMessage
from services.messaging.tests.history.storage.history_rows import NOON, Past, store
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import (
    history_pb2,
    history_pb2_grpc,
    inbox_pb2,
    inbox_pb2_grpc,
    message_list_pb2,
    message_list_pb2_grpc,
    results_pb2,
    results_pb2_grpc,
    scheduled_pb2,
    scheduled_pb2_grpc,
    threads_pb2,
    threads_pb2_grpc,
)
from tests.fixtures.statements import PageCheck

ROWS = 110

_EXPORTS = """
INSERT INTO message_exports (id, org_id, wanted, status, finished_at, expires_at)
SELECT uuidv7(), :org_id, '{}', 'failed', now(), now() + interval '1 day'
FROM generate_series(1, :count)
"""
_SCHEDULED = """
WITH added AS (
  INSERT INTO scheduled_sends
    (id, org_id, user_id, kind, body, send_at, due_at, respect_quiet_hours)
  SELECT uuidv7(), :org_id, uuidv7(), 'text', 'Hello', now() + interval '1 day',
    now() + interval '1 day', false
  FROM generate_series(1, :count) RETURNING id
)
INSERT INTO scheduled_recipients
  (scheduled_id, position, org_id, number, phone, segments, price_cents, smart_encoded)
SELECT id, 0, :org_id, '+14156000001', '+14156000001', 1, 1, false FROM added
"""


class Lists:
    """An organisation with many rows in every list of messaging, and calls that read the lists."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self.campaign_id, self.contact_id = uuid4(), uuid4()

    async def fill(self) -> None:
        """Store messages of a campaign, a long conversation, and many conversations."""
        owner, people = self._organisation, [phone(n) for n in range(ROWS)]
        contacts = await owner.contact_ids(people)
        past = [
            Past(campaign_id=self.campaign_id, contact_id=UUID(contacts[number]), error_code=30003)
            for number in people
        ]
        past += [Past(NOON + timedelta(minutes=n), contact_id=self.contact_id) for n in range(ROWS)]
        await store(owner.database, owner.org_id, past)
        async with owner.database.org(owner.org_id) as connection:
            for statement in (_EXPORTS, _SCHEDULED):
                values = {"org_id": owner.org_id, "count": ROWS}
                await connection.execute(text(statement), values)
            for number in people:
                shown = LatestMessage(UUID(contacts[number]), number, "Hello", NOON, True)
                await conversations.show_message(connection, owner.org_id, shown)

    async def messages(self, limit: int, search: str = "") -> Any:
        stub = message_list_pb2_grpc.MessageListServiceStub(self._channel)
        request = message_list_pb2.ListMessagesRequest(limit=limit, search=search or None)
        return await self._call(stub.ListMessages, request)

    async def found(self, limit: int) -> Any:
        return await self.messages(limit, "hello")

    async def history(self, limit: int) -> Any:
        stub = history_pb2_grpc.HistoryServiceStub(self._channel)
        request = history_pb2.ListHistoryRequest(page_size=limit)
        return await self._call(stub.ListHistory, request)

    async def threads(self, limit: int) -> Any:
        stub = threads_pb2_grpc.ThreadServiceStub(self._channel)
        return await self._call(stub.ListThreads, threads_pb2.ListThreadsRequest(limit=limit))

    async def thread(self, limit: int) -> Any:
        stub = threads_pb2_grpc.ThreadServiceStub(self._channel)
        request = threads_pb2.GetThreadRequest(contact_id=str(self.contact_id), limit=limit)
        return await self._call(stub.GetThread, request)

    async def search(self, limit: int) -> Any:
        stub = inbox_pb2_grpc.InboxServiceStub(self._channel)
        request = inbox_pb2.SearchMessagesRequest(q="hello", limit=limit)
        return await self._call(stub.SearchMessages, request)

    async def results(self, limit: int) -> Any:
        stub = results_pb2_grpc.ResultServiceStub(self._channel)
        request = results_pb2.ListResultsRequest(campaign_id=str(self.campaign_id), limit=limit)
        return await self._call(stub.ListResults, request, "campaigns")

    async def exports(self, limit: int) -> Any:
        stub = history_pb2_grpc.ExportServiceStub(self._channel)
        return await self._call(stub.ListExports, history_pb2.ListExportsRequest(limit=limit))

    async def scheduled(self, limit: int) -> Any:
        stub = scheduled_pb2_grpc.ScheduledSendServiceStub(self._channel)
        request = scheduled_pb2.ListScheduledSendsRequest(limit=limit)
        return await self._call(stub.ListScheduledSends, request)

    @property
    def _channel(self) -> grpc.aio.Channel:
        return self._organisation.messaging.channel

    async def _call(self, method: Any, request: Any, caller: str = "gateway") -> Any:
        with acting_as(self._organisation.person.identity()):
            return await self._organisation.messaging.caller(caller).call(method, request)


@pytest.fixture
async def lists(bare_organisation: Organisation) -> Lists:
    lists = Lists(bare_organisation)
    await lists.fill()
    return lists


@pytest.mark.parametrize(
    "name",
    [
        *("messages", "found", "history", "threads", "thread", "search", "results"),
        *("exports", "scheduled"),
    ],
)
async def test_listing_more_rows_makes_no_more_sql_statements(
    lists: Lists, name: str, no_statement_per_row: PageCheck
) -> None:
    await no_statement_per_row(getattr(lists, name))
