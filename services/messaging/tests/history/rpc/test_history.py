"""The history can be filtered and read page by page."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage import outgoing_messages
from services.messaging.history.storage.outgoing_messages import HistoryPage
from services.messaging.tests.history.storage.history_rows import NOON, Past, spread, store
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc, messages_pb2


def at(when: object) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(when)  # type: ignore[arg-type]
    return stamp


async def find(organisation: Organisation, **wanted: object) -> history_pb2.ListHistoryResponse:
    stub = history_pb2_grpc.HistoryServiceStub(organisation.messaging.channel)
    request = history_pb2.ListHistoryRequest(**wanted)  # type: ignore[arg-type]
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.ListHistory, request)


def ids(answer: history_pb2.ListHistoryResponse) -> list[str]:
    return [m.id for m in answer.items]


async def test_outgoing_messages_are_listed_newest_first(bare_organisation: Organisation) -> None:
    past = spread(Past(), 5)
    await store(bare_organisation.database, bare_organisation.org_id, past)
    incoming = [Past(direction="in", status="received")]
    await store(bare_organisation.database, bare_organisation.org_id, incoming)
    answer = await find(bare_organisation)
    assert ids(answer) == [str(m.id) for m in reversed(past)]
    assert (answer.total, answer.total_is_exact, answer.HasField("next_cursor")) == (5, True, False)
    assert answer.items[0].to == "+14156000001"


async def test_a_message_that_was_just_sent_is_listed(organisation: Organisation) -> None:
    message = await organisation.send(phone(1), "Hello there")
    [found] = (await find(organisation, contact_id=message.contact_id)).items
    assert (found.id, found.body, found.status) == (message.id, "Hello there", message.status)


async def test_each_filter_finds_only_matching_messages(bare_organisation: Organisation) -> None:
    campaign, contact = uuid4(), uuid4()
    wanted = Past(NOON, "failed", campaign, contact, 30003)
    others = [
        Past(NOON + timedelta(days=1), "delivered"),
        Past(NOON - timedelta(days=1), "undelivered", uuid4(), error_code=30005),
    ]
    await store(bare_organisation.database, bare_organisation.org_id, [wanted, *others])
    for query in (
        {"from_time": at(NOON), "to_time": at(NOON + timedelta(seconds=1))},
        {"status": messages_pb2.MESSAGE_STATUS_FAILED},
        {"campaign_id": str(campaign)},
        {"campaign_id": str(campaign), "status": messages_pb2.MESSAGE_STATUS_FAILED},
        {"contact_id": str(contact)},
        {"error_code": 30003},
    ):
        answer = await find(bare_organisation, **query)
        assert ids(answer) == [str(wanted.id)], query
        assert answer.total == 1
    nothing = await find(bare_organisation, to_time=at(NOON - timedelta(days=2)))
    assert (ids(nothing), nothing.total) == ([], 0)


@pytest.mark.parametrize("filtered", [False, True])
async def test_pages_by_number_and_by_cursor_list_every_message_once(
    bare_organisation: Organisation, filtered: bool
) -> None:
    campaign = uuid4()
    past = spread(Past(campaign_id=campaign), 7)
    past += spread(Past(status="failed", campaign_id=campaign), 6, timedelta(seconds=90))
    await store(bare_organisation.database, bare_organisation.org_id, past)
    wanted = {"campaign_id": str(campaign)} if filtered else {}
    newest = sorted(past, key=lambda m: (m.created_at, m.id), reverse=True)
    expected = [str(m.id) for m in newest]
    numbered = [
        i for page in range(1, 6)
        for i in ids(await find(bare_organisation, page=page, page_size=3, **wanted))
    ]  # fmt: skip
    assert numbered == expected
    answer = await find(bare_organisation, page_size=4, **wanted)
    walked = ids(answer)
    while answer.next_cursor:
        cursor = answer.next_cursor
        answer = await find(bare_organisation, page_size=4, cursor=cursor, **wanted)
        walked += ids(answer)
    assert walked == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_time": at(NOON), "to_time": at(NOON)}, "to"),
        ({"page": 201, "page_size": 50}, "page"),
        ({"page": 2, "cursor": "x"}, "page"),
        ({"cursor": "forged"}, "cursor"),
        ({"campaign_id": "x"}, "campaignId"),
        ({"contact_id": "x"}, "contactId"),
        ({"page_size": 201}, "pageSize"),
        ({"error_code": 0}, "errorCode"),
        ({"status": 77}, "status"),
    ],
)
async def test_invalid_filters_and_pages_are_refused(
    bare_organisation: Organisation, query: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await find(bare_organisation, **query)
    assert [f.field for f in refusal.value.fields] == [field]


async def test_another_organisations_messages_are_never_listed(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    campaign = uuid4()
    theirs = await other_organisation.send(phone(3))
    past = [Past(campaign_id=campaign)]
    await store(other_organisation.database, other_organisation.org_id, past)
    for query in ({"campaign_id": str(campaign)}, {"contact_id": theirs.contact_id}):
        with pytest.raises(CrossOrgAccess):
            await find(organisation, **query)
    for query, code in (
        ({"campaign_id": str(uuid4())}, "campaign_not_found"),
        ({"contact_id": str(uuid4())}, "contact_not_found"),
    ):
        with pytest.raises(NotFound) as absent:
            await find(organisation, **query)
        assert absent.value.code == code
    assert ids(await find(organisation)) == []


STATUSES = ("pending", "queued", "delivered", "failed", "undelivered")


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    made=st.lists(
        st.tuples(st.sampled_from(STATUSES), st.integers(0, 1), st.integers(0, 5)), max_size=12
    ),
    status=st.sampled_from((None, *STATUSES)),
    in_campaign=st.booleans(),
    hours=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    limit=st.integers(1, 5),
    offset=st.integers(0, 5),
)
async def test_a_page_equals_a_slice_of_all_sorted_messages(
    database: Database,
    made: list[tuple[str, int, int]],
    status: str | None,
    in_campaign: bool,
    hours: tuple[int, int],
    limit: int,
    offset: int,
) -> None:
    org_id, campaigns = uuid4(), (uuid4(), uuid4())
    past = [Past(NOON + timedelta(hours=h), s, campaigns[c]) for s, c, h in made]
    await store(database, org_id, past)
    first, last = (NOON + timedelta(hours=hour) for hour in sorted(hours))
    wanted = MessageFilter(first, last, status, campaigns[0] if in_campaign else None)
    async with database.org(org_id) as connection:
        found = await outgoing_messages.page(connection, org_id, wanted, HistoryPage(limit, offset))
        total = await outgoing_messages.total(connection, org_id, wanted)
    matching = [m for m in past if _matches(m, wanted, campaigns[0])]
    matching.sort(key=lambda m: (m.created_at, m.id), reverse=True)
    assert found == [m.id for m in matching[offset : offset + limit]]
    assert total == len(matching)


def _matches(message: Past, wanted: MessageFilter, campaign: UUID) -> bool:
    assert wanted.from_time
    assert wanted.to_time
    return (
        wanted.from_time <= message.created_at < wanted.to_time
        and wanted.status in (None, message.status)
        and (wanted.campaign_id is None or message.campaign_id == campaign)
    )


async def test_a_failed_message_is_not_listed_as_failed_after_a_retry_delivered_it(
    bare_organisation: Organisation,
) -> None:
    mended, hopeless = Past(status="failed"), Past(status="failed")
    retry = Past(NOON + timedelta(hours=1), "delivered", retry_of=mended.id)
    await store(bare_organisation.database, bare_organisation.org_id, [mended, hopeless, retry])
    failed = {"status": messages_pb2.MESSAGE_STATUS_FAILED}
    answer = await find(bare_organisation, **failed)
    assert (ids(answer), answer.total) == ([str(hopeless.id)], 1)
    assert len(ids(await find(bare_organisation, include_retried=True, **failed))) == 2
