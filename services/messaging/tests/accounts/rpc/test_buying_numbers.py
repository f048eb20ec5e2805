"""Verified users buy phone numbers from their own balance, up to a limit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Conflict, Forbidden, InsufficientBalance, InvalidInput, Unavailable
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.billing.tests.money import ledger_sum, pay_in
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.audit.v1 import events_pb2
from smsblaster.messaging.v1 import admin_accounts_pb2, admin_accounts_pb2_grpc
from tests.fixtures.running import Person, Running, listening, running
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.own_services

BUY = "/IncomingPhoneNumbers.json"
CENTS = 150


@pytest.fixture(scope="module")
async def strict(settings: MessagingSettings, messaging: Running) -> AsyncIterator[Running]:
    """Return a second server on the same database, with the default limits of phone numbers."""
    changes = {
        "ops_listen": listening(),
        "grpc_listen": listening(),
        "number_limit_unpaid": 2,
        "number_limit_paid": 4,
    }
    async with running(app.serve, settings.model_copy(update=changes)) as service:
        yield service


@pytest.fixture
async def fresh(strict: Running, database: Database) -> Tenant:
    """Return a new organisation that has an account, but no phone number and no money."""
    fresh = Tenant(strict, database)
    await fresh.create_subaccount()
    return fresh


@pytest.fixture
def person(fresh: Tenant) -> Person:
    return Person(fresh.org_id, fresh.user_id)


async def account_of(tenant: Tenant) -> str:
    return (await tenant.subaccount()).sub_account_sid


async def purchases(tenant: Tenant) -> int:
    """Count the organisation's purchases of phone numbers that are in progress."""
    query = text("SELECT count(*) FROM number_purchases WHERE org_id = :org_id")
    async with tenant.database.org(tenant.org_id) as connection:
        return int(await connection.scalar(query, {"org_id": tenant.org_id}) or 0)


async def test_a_user_without_a_verified_email_cannot_buy_numbers(
    fresh: Tenant, person: Person, billing_database: Database, twilio: TwilioSide
) -> None:
    await pay_in(billing_database, person, 1000)
    with pytest.raises(Forbidden) as refusal:
        await replace(fresh, verified=False).buy_numbers()
    assert refusal.value.code == "email_not_verified"
    assert not await twilio.numbers(await account_of(fresh))
    assert await ledger_sum(billing_database, person) == 1000


async def test_a_user_who_cannot_pay_the_first_month_cannot_buy_numbers(
    fresh: Tenant, person: Person, billing_database: Database, twilio: TwilioSide
) -> None:
    await pay_in(billing_database, person, CENTS - 1)
    with pytest.raises(InsufficientBalance):
        await fresh.buy_numbers()
    assert not await twilio.numbers(await account_of(fresh))
    assert await ledger_sum(billing_database, person) == CENTS - 1
    assert await purchases(fresh) == 0


async def test_the_buyer_pays_the_first_month(
    fresh: Tenant, person: Person, billing_database: Database
) -> None:
    await pay_in(billing_database, person, 2 * CENTS)
    [number] = (await fresh.buy_numbers()).numbers
    assert await ledger_sum(billing_database, person) == CENTS
    assert (number.number_type, number.cents_per_month) == ("local", CENTS)
    paid = number.paid_until.ToDatetime() - number.purchased_at.ToDatetime()
    assert 27 <= paid.days <= 31
    assert not number.HasField("unpaid_since")
    query = text("SELECT source, external_id FROM billing_transactions WHERE type = 'debit'")
    async with billing_database.org(fresh.org_id) as connection:
        [(source, external_id)] = (await connection.execute(query)).all()
    assert source == "number"
    assert external_id == f"{number.id}:{number.purchased_at.ToDatetime():%Y-%m-%d}"


async def test_concurrent_requests_do_not_exceed_the_limit_of_phone_numbers(
    fresh: Tenant, person: Person, billing_database: Database, twilio: TwilioSide
) -> None:
    await pay_in(billing_database, person, 100 * CENTS)
    answers = await asyncio.gather(
        *(fresh.buy_numbers(quantity=3) for _ in range(5)), return_exceptions=True
    )
    assert len(await twilio.numbers(await account_of(fresh))) == 2
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert {error.code for error in refused} == {"number_limit_reached"}
    assert len(refused) == 4
    assert await ledger_sum(billing_database, person) == 98 * CENTS
    released = (await fresh.numbers())[0]
    await fresh.release(released.sid)
    assert len((await fresh.buy_numbers(quantity=1)).numbers) == 1  # below the limit again


async def test_after_the_first_payment_the_limit_of_phone_numbers_is_higher(
    fresh: Tenant, person: Person, billing_database: Database
) -> None:
    await pay_in(billing_database, person, 100 * CENTS)
    async with billing_database.org(fresh.org_id) as connection:
        await connection.execute(
            text(
                "INSERT INTO topups (id, org_id, user_id, amount_cents, currency, paid_at)"
                " VALUES (:id, :org_id, :user_id, 100, 'usd', now())"
            ),
            {"id": new_id(), "org_id": fresh.org_id, "user_id": fresh.user_id},
        )
    answer = await fresh.buy_numbers(quantity=5)
    assert (len(answer.numbers), len(answer.errors)) == (4, 1)
    assert "at most 4 phone numbers" in answer.errors[0].message


async def test_an_operator_can_set_the_limit_of_phone_numbers(
    fresh: Tenant, person: Person, billing_database: Database
) -> None:
    await pay_in(billing_database, person, 100 * CENTS)
    stub = admin_accounts_pb2_grpc.AdminSubaccountServiceStub(fresh.messaging.channel)

    async def limit(**to: int) -> admin_accounts_pb2.NumberLimit:
        request = admin_accounts_pb2.SetNumberLimitRequest(org_id=str(fresh.org_id), **to)
        with acting_as(Person(roles=frozenset({"ADMIN"})).identity()):
            return await fresh.messaging.caller().call(stub.SetNumberLimit, request)

    assert (await limit(max_numbers=0)).is_set
    with pytest.raises(Conflict) as refusal:
        await fresh.buy_numbers()
    assert refusal.value.code == "number_limit_reached"
    await limit(max_numbers=3)
    assert len((await fresh.buy_numbers(quantity=3)).numbers) == 3
    back = await limit()
    assert (back.max_numbers, back.is_set, back.numbers) == (2, False, 3)
    assert (await fresh.audited()).count("twilio_number_limit_set") == 3
    with pytest.raises(Forbidden):
        await fresh.call(stub.SetNumberLimit, admin_accounts_pb2.SetNumberLimitRequest())


async def test_no_number_is_bought_if_its_price_is_not_the_one_in_the_request(
    fresh: Tenant, person: Person, billing_database: Database, twilio: TwilioSide
) -> None:
    await pay_in(billing_database, person, 1000)
    with pytest.raises(Conflict) as refusal:
        await fresh.buy_numbers(cents_per_month=CENTS - 50)
    assert refusal.value.code == "price_changed"
    assert f"{CENTS} cents" in refusal.value.message
    assert not await twilio.numbers(await account_of(fresh))
    assert await ledger_sum(billing_database, person) == 1000
    assert len((await fresh.buy_numbers(cents_per_month=CENTS)).numbers) == 1


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 503}])
async def test_if_twilio_does_not_sell_the_number_the_first_month_is_refunded(
    fresh: Tenant,
    person: Person,
    billing_database: Database,
    twilio: TwilioSide,
    settings: MessagingSettings,
    fault: dict[str, Any],
) -> None:
    await pay_in(billing_database, person, 1000)
    await twilio.misbehave("POST", BUY, **fault)
    with pytest.raises((Conflict, Unavailable)):
        await fresh.buy_numbers()
    assert await twilio.numbers(await account_of(fresh)) == []
    if fault["status"] == 503:  # Twilio may have sold the number, so a job checks later
        await claims_run_out(fresh)
        await app.run_job(settings, "settle-number-purchases")
        await settled(fresh)
    assert await ledger_sum(billing_database, person) == 1000
    assert await purchases(fresh) == 0


async def claims_run_out(tenant: Tenant) -> None:
    await tenant.execute(
        "UPDATE number_purchases SET lease_until = now() - interval '1 second'"
        " WHERE org_id = :org_id"
    )


async def settled(tenant: Tenant) -> None:
    async def none() -> bool:
        return await purchases(tenant) == 0

    await wait_until(none)


async def test_if_a_purchase_is_interrupted_after_the_sale_the_number_stays_charged(
    fresh: Tenant,
    person: Person,
    billing_database: Database,
    twilio: TwilioSide,
    settings: MessagingSettings,
) -> None:
    await pay_in(billing_database, person, 1000)
    buying = {"provider": "twilio", "path_suffix": BUY}
    faults = [
        {**buying, "method": "POST", "accept_then_drop": True, "count": 1},
        # The check whether the number was bought fails too.
        {**buying, "method": "GET", "status": 500, "nth": 2},
    ]
    (await twilio.http.post("/sim/faults", json={"faults": faults})).raise_for_status()
    with pytest.raises(Unavailable):
        await fresh.buy_numbers()
    await twilio.behave()
    assert (await purchases(fresh), await fresh.numbers()) == (1, [])
    await claims_run_out(fresh)
    await app.run_job(settings, "settle-number-purchases")
    await settled(fresh)
    [number] = await fresh.numbers()
    assert await twilio.numbers(await account_of(fresh)) == [number.sid]
    assert await ledger_sum(billing_database, person) == 1000 - CENTS
    assert number.HasField("paid_until")


async def test_numbers_of_a_country_without_a_price_are_not_sold(fresh: Tenant) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await fresh.buy_numbers(country="ZZ")
    assert refusal.value.code == "no_numbers_available"


async def test_a_new_limit_of_phone_numbers_is_in_the_organisations_audit_log(
    fresh: Tenant,
) -> None:
    recorded = [
        events_pb2.AuditRecorded.FromString(payload)
        for payload in await fresh.announced("event.messaging.audit")
    ]
    assert all(r.entity_type for r in recorded if r.action == "twilio_number_limit_set")
