"""Customers give their messages a reference and metadata, and find messages by the reference."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from services.messaging.tests.history.rpc.test_exports import export, rows_of
from services.messaging.tests.inbox.rpc.test_message_list import ids
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import Scheduler
from smsblaster.messaging.v1 import (
    history_pb2,
    history_pb2_grpc,
    inbox_pb2,
    inbox_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    results_pb2,
    results_pb2_grpc,
)
from tests.fixtures.customer_events import subscribe, told

MINE: dict[str, Any] = {
    "reference": "order-7' OR 1=1 --",
    "metadata": {"shop": "Oslo", "desk": "3"},
}
OTHER: dict[str, Any] = {"reference": "order-8"}


def said(message: Any) -> dict[str, Any]:
    """Return the reference and the metadata of a message."""
    return {"reference": message.reference, "metadata": dict(message.metadata)}


async def history(organisation: Organisation, **wanted: Any) -> Sequence[messages_pb2.Message]:
    stub = history_pb2_grpc.HistoryServiceStub(organisation.messaging.channel)
    request = history_pb2.ListHistoryRequest(**wanted)
    with acting_as(organisation.person.identity()):
        return (await organisation.messaging.caller().call(stub.ListHistory, request)).items


async def result(organisation: Organisation, campaign_id: str) -> results_pb2.RecipientResult:
    stub = results_pb2_grpc.ResultServiceStub(organisation.messaging.channel)
    request = results_pb2.ListResultsRequest(campaign_id=campaign_id)
    with acting_as(organisation.person.identity()):
        answer = await organisation.messaging.caller("campaigns").call(stub.ListResults, request)
    return answer.items[0]


async def test_a_message_keeps_its_reference_and_metadata(organisation: Organisation) -> None:
    sent = await organisation.send(phone(1), **MINE)
    assert said(sent) == MINE
    assert said((await organisation.detail(sent.id)).message) == MINE


async def test_a_message_without_a_reference_has_none(organisation: Organisation) -> None:
    sent = await organisation.send(phone(1))
    assert not sent.HasField("reference")
    assert dict(sent.metadata) == {}


async def test_messages_are_found_by_their_reference(organisation: Organisation) -> None:
    batch = await organisation.send_batch([phone(1), phone(2)], **MINE)
    await organisation.send(phone(3), **OTHER)
    await organisation.send(phone(3))
    reference = MINE["reference"]
    assert set(await ids(organisation, reference=reference)) == set(batch.message_ids)
    assert await ids(organisation, reference=reference, direction=1) == []
    assert await ids(organisation, reference="order") == []
    listed = await history(organisation, reference=reference)
    assert {m.id for m in listed} == set(batch.message_ids)
    assert [said(m) for m in listed] == [MINE, MINE]


async def test_an_export_has_the_references_and_can_be_filtered_by_one(
    organisation: Organisation,
) -> None:
    sent = await organisation.send(phone(1), **MINE)
    formula = await organisation.send(phone(2), reference="=1+1")
    [found] = await export(organisation, reference=MINE["reference"])
    [row] = rows_of(found.data)
    assert (row["Id"], row["Reference"]) == (sent.id, MINE["reference"])
    assert row["Metadata"] in ('{"desk": "3", "shop": "Oslo"}', '{"shop": "Oslo", "desk": "3"}')
    [found] = await export(organisation)
    rows = {row["Id"]: row["Reference"] for row in rows_of(found.data)}
    assert rows[formula.id] == "'=1+1"


async def test_another_organisation_does_not_find_messages_by_a_reference(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    await organisation.send(phone(1), **MINE)
    assert await ids(other_organisation, reference=MINE["reference"]) == []
    assert list(await history(other_organisation, reference=MINE["reference"])) == []


async def test_messages_of_a_campaign_have_its_reference_and_metadata(
    organisation: Organisation,
) -> None:
    campaign_id = uuid4()
    await organisation.submit(campaign_id, [phone(1)], **MINE)
    shown = await result(organisation, str(campaign_id))
    assert said(shown) == MINE
    assert await ids(organisation, reference=MINE["reference"]) == [shown.message_id]
    wanted: dict[str, Any] = {"reference": MINE["reference"], "campaign_id": str(campaign_id)}
    assert await ids(organisation, **wanted) == [shown.message_id]


async def test_a_message_that_is_sent_later_has_the_reference_of_its_request(
    organisation: Organisation,
) -> None:
    scheduler = Scheduler(organisation)
    later = await scheduler.text(phone(1), **MINE)
    assert said(later) == MINE
    detail = await scheduler.sent(later.scheduled_id)
    assert said(detail.scheduled) == MINE
    [message_id] = detail.message_ids
    assert said((await organisation.detail(message_id)).message) == MINE


async def test_a_reply_keeps_its_reference(organisation: Organisation) -> None:
    [contact_id] = (await organisation.contact_ids([phone(1)])).values()
    stub = inbox_pb2_grpc.InboxServiceStub(organisation.messaging.channel)
    request = inbox_pb2.ReplyRequest(contact_id=contact_id, message="Yes", **MINE)
    with acting_as(organisation.person.identity()):
        sent = await organisation.messaging.caller().call(stub.Reply, request)
    assert said(sent) == MINE


async def test_a_retry_keeps_the_reference_of_the_first_attempt(
    organisation: Organisation,
) -> None:
    sent = await organisation.send(phone(1), **MINE)
    await organisation.callback(sent.id, sent.provider_sid, "undelivered", code=30008)
    stub = messages_pb2_grpc.MessageServiceStub(organisation.messaging.channel)
    request = messages_pb2.RetryMessageRequest(id=sent.id)
    with acting_as(organisation.person.identity()):
        retry = await organisation.messaging.caller().call(stub.RetryMessage, request)
    assert said(retry) == MINE
    assert retry.retry_of == sent.id


async def test_webhooks_have_the_reference_and_the_metadata(
    organisation: Organisation, database: Database
) -> None:
    await subscribe(database, organisation.org_id)
    await organisation.send(phone(1), **MINE)
    [(_, data), *_] = await told(database, organisation.org_id)
    assert said(data) == MINE


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reference": "x" * 256}, "reference"),
        ({"reference": "  "}, "reference"),
        ({"metadata": {str(number): "" for number in range(11)}}, "metadata"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
        ({"metadata": {"key": "v" * 201}}, "metadata"),
    ],
)
async def test_a_long_reference_and_too_much_metadata_are_refused(
    bare_organisation: Organisation, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await bare_organisation.send_batch([phone(1)], **fields)
    assert [error.field.split(".")[0] for error in refused.value.fields] == [field]
