"""All messages, sent and received, are listed and filtered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from services.messaging.inbox.usecases import list_messages
from services.messaging.tests.history.storage.history_rows import NOON, Past, spread, store
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import message_list_pb2, message_list_pb2_grpc, messages_pb2

IN, OUT = messages_pb2.MESSAGE_DIRECTION_IN, messages_pb2.MESSAGE_DIRECTION_OUT
FAILED = messages_pb2.MESSAGE_STATUS_FAILED


def at(when: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


async def find(organisation: Organisation, **wanted: Any) -> message_list_pb2.ListMessagesResponse:
    stub = message_list_pb2_grpc.MessageListServiceStub(organisation.messaging.channel)
    request = message_list_pb2.ListMessagesRequest(**wanted)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.ListMessages, request)


async def ids(organisation: Organisation, **wanted: Any) -> list[str]:
    return [m.id for m in (await find(organisation, **wanted)).items]


async def walk(organisation: Organisation, **wanted: Any) -> list[str]:
    """Read every page and return the ids of all messages."""
    answer = await find(organisation, **wanted)
    walked = [m.id for m in answer.items]
    while answer.next_cursor:
        answer = await find(organisation, cursor=answer.next_cursor, **wanted)
        walked += [m.id for m in answer.items]
    return walked


def newest(past: list[Past]) -> list[str]:
    return [str(m.id) for m in sorted(past, key=lambda m: (m.created_at, m.id), reverse=True)]


async def test_messages_of_both_directions_are_listed_newest_first(
    bare_organisation: Organisation,
) -> None:
    sent, received = spread(Past(), 5), spread(Past(direction="in", status="received"), 4)
    await store(bare_organisation.database, bare_organisation.org_id, [*sent, *received])
    assert await walk(bare_organisation, limit=2) == newest([*sent, *received])
    assert await walk(bare_organisation, limit=2, direction=IN) == newest(received)
    assert await walk(bare_organisation, limit=3, direction=OUT) == newest(sent)


async def test_each_filter_finds_only_matching_messages(bare_organisation: Organisation) -> None:
    campaign, contact = uuid4(), uuid4()
    wanted = Past(NOON, "failed", campaign, contact, 30003, body="Doors open at seven")
    others = [
        Past(NOON + timedelta(days=1), "delivered"),
        Past(NOON - timedelta(days=1), "undelivered", uuid4(), error_code=30005),
        Past(NOON - timedelta(days=1), "received", direction="in"),
    ]
    await store(bare_organisation.database, bare_organisation.org_id, [wanted, *others])
    queries: list[Mapping[str, Any]] = [
        {"from_time": at(NOON), "to_time": at(NOON + timedelta(seconds=1))},
        {"status": FAILED},
        {"campaign_id": str(campaign)},
        {"campaign_id": str(campaign), "status": FAILED, "direction": OUT},
        {"contact_id": str(contact)},
        {"error_code": 30003},
        {"search": "open DOORS"},
        {"search": "doors", "status": FAILED, "contact_id": str(contact)},
    ]
    for query in queries:
        assert await ids(bare_organisation, **query) == [str(wanted.id)], query
    assert await ids(bare_organisation, campaign_id=str(campaign), direction=IN) == []
    assert await ids(bare_organisation, search="doors", direction=IN) == []


async def test_messages_are_found_by_number_and_by_the_id_of_the_provider(
    organisation: Organisation,
) -> None:
    inbox = Inbox(organisation)
    sent = await organisation.send(phone(1))
    await organisation.send(phone(2))
    await inbox.text_in(phone(1), "Hello back")
    found = (await find(organisation, phone="(415) 600-0001")).items
    assert [(m.direction, m.body) for m in found] == [(IN, "Hello back"), (OUT, "Hello")]
    assert await ids(organisation, phone=phone(77)) == []
    assert await ids(organisation, provider_sid=sent.provider_sid) == [sent.id]
    assert await ids(organisation, phone=phone(2), contact_id=sent.contact_id) == []


async def test_a_search_for_frequent_words_stops_early_and_the_next_page_continues_it(
    bare_organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_messages, "_SHORT_SCAN", 4)
    monkeypatch.setattr(list_messages, "_LONG_SCAN", 6)
    monkeypatch.setattr(list_messages, "_RARE", 2)
    hits = spread(Past(body="Sale today"), 8, timedelta(hours=1))
    misses = spread(Past(body="Nothing"), 16, timedelta(minutes=30))
    await store(bare_organisation.database, bare_organisation.org_id, [*hits, *misses])
    first = await find(bare_organisation, search="sale", limit=5)
    assert len(first.items) < 5
    assert first.HasField("searched_until")
    assert await walk(bare_organisation, search="sale", limit=5) == newest(hits)


async def test_a_search_for_rare_words_returns_all_matches_on_one_page(
    bare_organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_messages, "_SHORT_SCAN", 2)
    hits = spread(Past(body="A rare word"), 5)
    misses = spread(Past(NOON + timedelta(days=1), body="Nothing"), 10)
    await store(bare_organisation.database, bare_organisation.org_id, [*hits, *misses])
    answer = await find(bare_organisation, search="rare", limit=3)
    assert [m.id for m in answer.items] == newest(hits)[:3]
    assert not answer.HasField("searched_until")
    assert await walk(bare_organisation, search="rare", limit=3) == newest(hits)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 201}, "limit"),
        ({"cursor": "forged"}, "cursor"),
        ({"from_time": at(NOON), "to_time": at(NOON)}, "to"),
        ({"campaign_id": "x"}, "campaignId"),
        ({"contact_id": "x"}, "contactId"),
        ({"error_code": 0}, "errorCode"),
        ({"status": 77}, "status"),
        ({"direction": 77}, "direction"),
        ({"search": "?!"}, "search"),
    ],
)
async def test_invalid_filters_and_pages_are_refused(
    bare_organisation: Organisation, query: Mapping[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await find(bare_organisation, **query)
    assert [error.field for error in refused.value.fields] == [field]


async def test_ids_of_other_organisations_are_refused_and_unknown_ones_not_found(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    theirs = await other_organisation.send(phone(1))
    campaign = Past(campaign_id=uuid4())
    await store(other_organisation.database, other_organisation.org_id, [campaign])
    for foreign in (
        {"contact_id": theirs.contact_id},
        {"campaign_id": str(campaign.campaign_id)},
    ):
        with pytest.raises(CrossOrgAccess):
            await find(organisation, **foreign)
    for name in ("contact_id", "campaign_id"):
        with pytest.raises(NotFound):
            await find(organisation, **{name: str(uuid4())})
    assert await ids(organisation, provider_sid=theirs.provider_sid) == []
    cursor = (await find(other_organisation, limit=1)).next_cursor
    with pytest.raises(InvalidInput):
        await find(organisation, cursor=cursor)


async def test_a_failed_message_is_not_listed_as_failed_after_a_retry_delivered_it(
    bare_organisation: Organisation,
) -> None:
    mended, hopeless = Past(status="failed"), Past(status="failed")
    retry = Past(NOON + timedelta(hours=1), "delivered", retry_of=mended.id)
    await store(bare_organisation.database, bare_organisation.org_id, [mended, hopeless, retry])
    assert await ids(bare_organisation, status=FAILED) == [str(hopeless.id)]
    every = await find(bare_organisation, status=FAILED, include_retried=True)
    assert {m.id: m.retried_by for m in every.items} == {
        str(mended.id): str(retry.id),
        str(hopeless.id): "",
    }
