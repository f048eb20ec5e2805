"""The counts per day match the messages, in the requested time zone."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Row, insert, text

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.identity import acting_as
from services.messaging.common.storage.history_tables import usage_quarters
from services.messaging.history.domain.buckets import MAX_BUCKETS
from services.messaging.sending.storage import counts
from services.messaging.tests.history.rpc.test_history import at
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import (
    admin_accounts_pb2,
    admin_stats_pb2,
    admin_stats_pb2_grpc,
    analytics_pb2,
    analytics_pb2_grpc,
)
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

COUNTS = ("sent", "delivered", "failed", "received", "spent_cents")


async def usage(organisation: Organisation, **wanted: object) -> list[analytics_pb2.UsageBucket]:
    stub = analytics_pb2_grpc.AnalyticsServiceStub(organisation.messaging.channel)
    request = analytics_pb2.GetUsageRequest(**wanted)  # type: ignore[arg-type]
    with acting_as(organisation.person.identity()):
        answer = await organisation.messaging.caller().call(stub.GetUsage, request)
    return list(answer.items)


async def of_campaign(
    organisation: Organisation, campaign: UUID, time_zone: str | None = None
) -> analytics_pb2.CampaignAnalytics:
    stub = analytics_pb2_grpc.AnalyticsServiceStub(organisation.messaging.channel)
    request = analytics_pb2.GetCampaignAnalyticsRequest(id=str(campaign), time_zone=time_zone)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.GetCampaignAnalytics, request)


async def note(
    database: Database, org_id: UUID, starts_at: datetime, campaign: UUID | None = None, **n: int
) -> None:
    """Store the counts of messages in a quarter of an hour."""
    row = {"org_id": org_id, "campaign_id": campaign, "starts_at": starts_at}
    counts = dict.fromkeys((*COUNTS, "replied", "opted_out"), 0) | n
    async with database.org(org_id) as connection:
        await connection.execute(insert(usage_quarters).values(**row, **counts))


def totals(buckets: list[analytics_pb2.UsageBucket]) -> Counter[str]:
    found: Counter[str] = Counter()
    for b in buckets:
        found += Counter(
            sent=b.sent_count,
            delivered=b.delivered_count,
            failed=b.failed_count,
            received=b.received_count,
            spent_cents=b.spent_cents,
        )
    return found


async def test_usage_statistics_count_messages_by_their_outcome(organisation: Organisation) -> None:
    one = await organisation.send(phone(1))
    two = await organisation.send(phone(2), "a" * 200)
    three = await organisation.send(phone(3))
    await organisation.callback(one.id, one.provider_sid, "sent", "delivered", "delivered")
    await organisation.callback(one.id, one.provider_sid, "sent")
    await organisation.callback(two.id, two.provider_sid, "undelivered", code=30003)
    await organisation.callback(three.id, three.provider_sid, "failed", code=30008)
    await organisation.text_in(phone(1), "Thanks")

    async def refunded() -> bool:
        return totals(await usage(organisation))["spent_cents"] == 3

    await wait_until(refunded)
    found = await usage(organisation)
    assert len(found) == 30
    assert totals(found) == Counter(sent=3, delivered=1, failed=2, received=1, spent_cents=3)
    assert totals(found[-2:]) == totals(found)


async def test_campaign_analytics_count_the_campaigns_messages_by_their_outcome(
    organisation: Organisation,
) -> None:
    campaign = uuid4()
    people = [phone(n) for n in range(600, 604)]
    await organisation.submit(campaign, people)

    async def all_sent() -> bool:
        return (await of_campaign(organisation, campaign)).sent == 4

    await wait_until(all_sent)
    async with organisation.database.system() as connection:
        rows = await connection.execute(
            text("SELECT id, provider_sid FROM sms_messages WHERE campaign_id = :c ORDER BY id"),
            {"c": campaign},
        )
        first, second, *_ = rows.all()
    await organisation.callback(str(first.id), first.provider_sid, "delivered")
    await organisation.callback(str(second.id), second.provider_sid, "undelivered", code=30005)
    await organisation.text_in(people[0], "Great")
    found = await of_campaign(organisation, campaign)
    assert (found.sent, found.delivered, found.failed, found.replied) == (4, 1, 1, 1)
    assert (found.open, found.spent_cents, found.opted_out) == (2, 4, 0)
    assert (found.delivery_rate, found.fail_rate, found.reply_rate) == (0.25, 0.25, 1.0)
    assert sum(day.sent for day in found.series) == 4
    assert sum(day.delivered for day in found.series) == 1
    assert sum(day.failed for day in found.series) == 1
    assert sum(day.replied for day in found.series) == 1
    assert sum(day.spent_cents for day in found.series) == 4
    assert totals(await usage(organisation))["sent"] == 4


async def test_a_message_stopped_by_an_opt_out_in_a_callback_is_not_a_failure(
    organisation: Organisation,
) -> None:
    campaign = uuid4()
    await organisation.submit(campaign, [phone(610)])

    async def taken() -> Sequence[Row[Any]]:
        query = text(
            "SELECT id, provider_sid FROM sms_messages"
            " WHERE campaign_id = :c AND provider_sid IS NOT NULL"
        )
        async with organisation.database.system() as connection:
            return (await connection.execute(query, {"c": campaign})).all()

    [message] = await wait_until(taken)
    sid = message.provider_sid
    await organisation.callback(str(message.id), sid, "failed", "failed", code=21610)
    found = await of_campaign(organisation, campaign)
    assert (found.opted_out, found.failed, found.open) == (1, 0, 0)
    assert [(day.failed, day.opted_out) for day in found.series] == [(0, 1)]


async def test_the_analytics_of_a_long_campaign_show_its_latest_days(
    bare_organisation: Organisation, database: Database
) -> None:
    # Midnight in New York: the last day has only one quarter of an hour.
    campaign, last = uuid4(), datetime(2026, 3, 4, 5, tzinfo=UTC)
    org_id = bare_organisation.org_id
    await note(database, org_id, last - timedelta(days=500), campaign, sent=1)
    await note(database, org_id, last, campaign, sent=2)
    async with database.org(org_id) as connection:
        await counts.begin(connection, [(campaign, org_id)])
    series = (await of_campaign(bare_organisation, campaign, "America/New_York")).series
    assert (series[-1].day_start.ToDatetime(UTC), series[-1].sent) == (last, 2)
    assert MAX_BUCKETS - 2 <= len(series) <= MAX_BUCKETS


async def test_days_begin_at_midnight_in_the_time_zone_and_days_without_messages_are_included(
    bare_organisation: Organisation, database: Database
) -> None:
    org_id = bare_organisation.org_id
    # 20:00 in New York is 01:00 of the next day in UTC; Kathmandu is 5:45 ahead of it.
    await note(database, org_id, datetime(2026, 1, 11, 1, tzinfo=UTC), sent=3)
    await note(database, org_id, datetime(2026, 1, 12, 18, 15, tzinfo=UTC), sent=5)
    wanted = {
        "from_time": at(datetime(2026, 1, 10, 12, tzinfo=UTC)),
        "to_time": at(datetime(2026, 1, 13, tzinfo=UTC)),
    }

    async def days(zone: str) -> list[int]:
        return [b.sent_count for b in await usage(bare_organisation, time_zone=zone, **wanted)]

    assert await days("UTC") == [0, 3, 5]
    assert await days("America/New_York") == [3, 0, 5]
    assert await days("Asia/Kathmandu") == [0, 3, 0, 5]
    weeks = await usage(bare_organisation, granularity=2, **wanted)
    assert [b.sent_count for b in weeks] == [3, 5]
    [month] = await usage(bare_organisation, granularity=3, **wanted)
    assert (month.sent_count, month.bucket_start.ToDatetime(UTC)) == (
        8,
        datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "timeZone"),
        ({"time_zone": "../etc/passwd"}, "timeZone"),
        ({"granularity": 9}, "granularity"),
        ({"from_time": at(datetime(2020, 1, 1, tzinfo=UTC))}, "from"),
        ({"from_time": at(datetime(1, 1, 1, tzinfo=UTC)), "time_zone": "America/New_York"}, "from"),
        (
            {
                "to_time": at(datetime(9999, 12, 31, tzinfo=UTC)),
                "from_time": at(datetime(2026, 1, 1, tzinfo=UTC)),
            },
            "from",
        ),
        (
            {
                "to_time": at(datetime(2026, 1, 1, tzinfo=UTC)),
                "from_time": at(datetime(2026, 1, 1, tzinfo=UTC)),
            },
            "to",
        ),
    ],
)
async def test_an_invalid_range_is_refused(
    bare_organisation: Organisation, wanted: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await usage(bare_organisation, **wanted)
    assert [f.field for f in refusal.value.fields] == [field]


async def test_another_organisations_campaign_is_forbidden_and_an_unknown_one_not_found(
    bare_organisation: Organisation, organisation: Organisation
) -> None:
    campaign = uuid4()
    await organisation.submit(campaign, [phone(700)])
    with pytest.raises(CrossOrgAccess):
        await of_campaign(bare_organisation, campaign)
    with pytest.raises(NotFound) as absent:
        await of_campaign(bare_organisation, uuid4())
    assert absent.value.code == "campaign_not_found"


async def test_only_operators_see_the_statistics_of_the_platform_which_are_cached(
    organisation: Organisation,
) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await note(organisation.database, uuid4(), today, sent=7, failed=2, spent_cents=9)
    await note(organisation.database, uuid4(), today - timedelta(days=90), spent_cents=100)
    stub = admin_stats_pb2_grpc.AdminStatsServiceStub(organisation.messaging.channel)
    call, request = organisation.messaging.caller().call, admin_stats_pb2.GetStatsRequest()
    with acting_as(organisation.person.identity()), pytest.raises(Forbidden):
        await call(stub.GetStats, request)
    with acting_as(Person(roles=frozenset({"ADMIN"})).identity()):
        stats = await call(stub.GetStats, request)
        await note(organisation.database, uuid4(), today, sent=7)
        again = await call(stub.GetStats, request)
    assert len(stats.days) == 30
    assert stats.days[-1].day_start.ToDatetime(UTC) == today
    assert stats.days[-1].sent >= 7
    assert stats.sent >= stats.days[-1].sent
    assert stats.total_spent_cents >= stats.spent_cents + 100
    assert stats.organisations_sending >= 1
    assert (again.as_of, again.sent) == (stats.as_of, stats.sent)


async def test_operators_see_the_statistics_of_each_organisation(
    organisation: Organisation,
) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    busy, idle = uuid4(), uuid4()
    await note(organisation.database, busy, today, sent=7, failed=3, opted_out=1, spent_cents=9)
    await note(organisation.database, busy, today - timedelta(days=40), sent=100)
    stub = admin_stats_pb2_grpc.AdminStatsServiceStub(organisation.messaging.channel)
    ids = [str(organisation.person.org_id), str(busy), str(idle)]
    request = admin_stats_pb2.ListOrganisationUsageRequest(org_ids=ids)
    call = organisation.messaging.caller().call
    with acting_as(organisation.person.identity()), pytest.raises(Forbidden):
        await call(stub.ListOrganisationUsage, request)
    with acting_as(Person(roles=frozenset({"ADMIN"})).identity()):
        own, *others = (await call(stub.ListOrganisationUsage, request)).items
    assert own.account == admin_accounts_pb2.SUBACCOUNT_STATUS_ACTIVE
    assert [(each.org_id, each.sent, each.failed, each.spent_cents) for each in others] == [
        (str(busy), 7, 2, 9),
        (str(idle), 0, 0, 0),
    ]
    assert not any(each.HasField("account") for each in others)
