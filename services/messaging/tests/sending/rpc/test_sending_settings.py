"""Spending limits are stored and audited, and no kind of message can exceed them."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Forbidden, InvalidInput, PreconditionFailed
from servicekit.identity import acting_as
from services.messaging.sending.jobs import sweepers
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.messaging.v1 import sending_settings_pb2, sending_settings_pb2_grpc
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

GB = "+447400123456"


async def put(
    organisation: Organisation, person: Person | None = None, **limits: object
) -> sending_settings_pb2.SendingSettings:
    stub = sending_settings_pb2_grpc.SendingSettingsServiceStub(organisation.messaging.channel)
    request = sending_settings_pb2.PutSendingSettingsRequest(**limits)  # type: ignore[arg-type]
    with acting_as((person or organisation.person).identity()):
        return await organisation.messaging.caller().call(stub.PutSendingSettings, request)


async def get(organisation: Organisation) -> sending_settings_pb2.SendingSettings:
    stub = sending_settings_pb2_grpc.SendingSettingsServiceStub(organisation.messaging.channel)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(
            stub.GetSendingSettings, sending_settings_pb2.GetSendingSettingsRequest()
        )


async def test_a_new_organisation_has_no_limits(bare_organisation: Organisation) -> None:
    settings = await get(bare_organisation)
    assert list(settings.allowed_countries) == []
    assert not settings.HasField("max_price_cents_per_message")
    assert not settings.HasField("daily_spend_cap_cents")
    assert not settings.HasField("updated_at")
    assert settings.spent_today_cents == 0


async def test_a_change_is_refused_if_somebody_changed_the_limits_meanwhile(
    bare_organisation: Organisation,
) -> None:
    first = await put(bare_organisation, daily_spend_cap_cents=500, if_version=0)
    second = await put(bare_organisation, daily_spend_cap_cents=600, if_version=first.version)
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(PreconditionFailed) as refusal:
        await put(bare_organisation, daily_spend_cap_cents=700, if_version=first.version)
    assert refusal.value.facts == {"version": 2, "changedFields": ["dailySpendCapCents"]}
    assert await get(bare_organisation) == second


async def test_all_limits_are_replaced_at_once_and_audited(bare_organisation: Organisation) -> None:
    await put(bare_organisation, allowed_countries=["US", "CA"], daily_spend_cap_cents=500)
    settings = await put(bare_organisation, max_price_cents_per_message=7)
    assert settings == await get(bare_organisation)
    assert (list(settings.allowed_countries), settings.max_price_cents_per_message) == ([], 7)
    assert not settings.HasField("daily_spend_cap_cents")
    async with bare_organisation.database.system() as connection:
        rows = await connection.execute(
            text("SELECT payload FROM outbox WHERE subject = 'event.messaging.audit' ORDER BY id")
        )
        said = [audit_pb2.AuditRecorded.FromString(row.payload) for row in rows]
    mine = [e for e in said if e.org_id == str(bare_organisation.org_id)]
    assert [e.action for e in mine] == ["sending_settings_changed"] * 2
    assert mine[0].meta["daily_spend_cap_cents"] == "500"


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"allowed_countries": ["usa"]}, "allowedCountries[0]"),
        ({"allowed_countries": ["US", "US"]}, "allowedCountries"),
        ({"allowed_countries": ["EE"]}, "allowedCountries"),
        ({"max_price_cents_per_message": 0}, "maxPriceCentsPerMessage"),
        ({"daily_spend_cap_cents": -1}, "dailySpendCapCents"),
    ],
)
async def test_an_invalid_limit_is_refused(
    bare_organisation: Organisation, limits: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await put(bare_organisation, None, **limits)
    assert [f.field for f in refusal.value.fields] == [field]


async def test_only_an_admin_changes_limits(bare_organisation: Organisation) -> None:
    member = Person(bare_organisation.org_id, roles=frozenset({"member"}))
    with pytest.raises(Forbidden):
        await put(bare_organisation, member, daily_spend_cap_cents=1)


async def test_a_message_to_a_country_that_is_not_allowed_is_refused_and_costs_nothing(
    organisation: Organisation,
) -> None:
    await put(organisation, allowed_countries=["US"])
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(GB)
    assert refusal.value.code == "destination_not_allowed"
    assert refusal.value.fields[0].field == "to"
    batch = await organisation.send_batch([phone(1), GB])
    assert [(e.to, e.code) for e in batch.errors] == [(GB, "destination_not_allowed")]
    chunk = await organisation.submit(uuid4(), [phone(2), GB])
    assert (chunk.accepted, chunk.invalid) == (1, 1)
    assert (await get(organisation)).spent_today_cents == 2
    assert await organisation.balance() == 1000 - 2


async def test_a_message_above_the_price_limit_is_refused_and_costs_nothing(
    organisation: Organisation,
) -> None:
    await put(organisation, max_price_cents_per_message=2)
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(1), "a" * 400)
    assert refusal.value.code == "price_above_limit"
    await organisation.send(phone(1), "a" * 300)
    assert await organisation.balance() == 1000 - 2


async def test_concurrent_messages_never_exceed_the_daily_limit(organisation: Organisation) -> None:
    await put(organisation, daily_spend_cap_cents=5)
    outcomes = await asyncio.gather(
        *(organisation.send(phone(n)) for n in range(12)), return_exceptions=True
    )
    refused = [o for o in outcomes if isinstance(o, InvalidInput)]
    assert len(refused) == 7
    assert {o.code for o in refused} == {"daily_spend_cap_reached"}
    assert await organisation.balance() == 1000 - 5
    assert (await get(organisation)).spent_today_cents == 5


async def test_batches_and_chunks_are_accepted_up_to_the_daily_limit(
    organisation: Organisation,
) -> None:
    await put(organisation, daily_spend_cap_cents=10)
    campaign = uuid4()
    people = [phone(n) for n in range(20, 40)]
    answers = await asyncio.gather(
        organisation.send_batch([phone(n) for n in range(8)]),
        organisation.submit(campaign, people),
        return_exceptions=True,
    )
    assert [a.code for a in answers if isinstance(a, InvalidInput)] == ["daily_spend_cap_reached"]
    assert await organisation.balance() == 1000 - 10
    await put(organisation, daily_spend_cap_cents=40)
    answer = await organisation.submit(campaign, people)
    assert answer.accepted == 20
    assert await organisation.balance() == 1000 - (await get(organisation)).spent_today_cents


async def has_spent(organisation: Organisation, cents: int) -> bool:
    return (await get(organisation)).spent_today_cents == cents


async def lose_spending(organisation: Organisation, database: Database) -> None:
    async with database.org(organisation.org_id) as connection:
        lost = text("DELETE FROM daily_spend WHERE org_id = :org")
        await connection.execute(lost, {"org": organisation.org_id})


async def test_the_daily_limit_applies_even_without_a_daily_spend_row(
    organisation: Organisation, database: Database
) -> None:
    await put(organisation, daily_spend_cap_cents=6)
    failing = await organisation.send(phone(50))
    await organisation.callback(failing.id, failing.provider_sid, "failed", code=30008)
    await wait_until(lambda: has_spent(organisation, 0))
    for n in range(4):
        await organisation.send(phone(n))
    await lose_spending(organisation, database)
    assert (await get(organisation)).spent_today_cents == 4
    outcomes = await asyncio.gather(
        *(organisation.send(phone(n)) for n in range(10, 15)), return_exceptions=True
    )
    refused = [o.code for o in outcomes if isinstance(o, InvalidInput)]
    assert refused == ["daily_spend_cap_reached"] * 3
    assert (await get(organisation)).spent_today_cents == 6


async def test_a_message_that_the_balance_did_not_cover_does_not_count_as_spent(
    small_organisation: Organisation,
) -> None:
    await put(small_organisation, daily_spend_cap_cents=50)
    await small_organisation.send_batch([phone(n) for n in range(9)])
    assert (await get(small_organisation)).spent_today_cents == 5


async def test_the_spending_of_earlier_days_is_deleted(
    organisation: Organisation, database: Database
) -> None:
    await organisation.send(phone(1))
    days = text(
        "INSERT INTO daily_spend (org_id, day, cents)"
        " SELECT org_id, day - n, 7 FROM daily_spend, generate_series(1, 3) AS n"
        " WHERE org_id = :org"
    )
    count = text("SELECT count(*) FROM daily_spend WHERE org_id = :org")
    async with database.org(organisation.org_id) as connection:
        await connection.execute(days, {"org": organisation.org_id})
    await sweepers.delete_old(database)
    async with database.org(organisation.org_id) as connection:
        assert await connection.scalar(count, {"org": organisation.org_id}) == 2
    assert (await get(organisation)).spent_today_cents == 1


async def test_a_refund_reduces_what_was_spent(organisation: Organisation) -> None:
    await put(organisation, daily_spend_cap_cents=1)
    message = await organisation.send(phone(1))
    await organisation.callback(message.id, message.provider_sid, "failed", code=30008)

    await wait_until(lambda: has_spent(organisation, 0))
    await organisation.send(phone(2))
