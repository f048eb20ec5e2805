"""Each month of a phone number is charged once. After alerts, unpaid numbers are released."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.billing.tests.money import ledger_sum, pay_in
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.messaging.v1 import numbers_pb2
from tests.fixtures.poison import is_recorded, poisoned
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.own_services

CENTS = 150


@dataclass
class Holder:
    """An organisation with one phone number and the money for its first month only."""

    tenant: Tenant
    billing_database: Database
    settings: MessagingSettings
    sid: str = ""

    @property
    def person(self) -> Person:
        return Person(self.tenant.org_id, self.tenant.user_id)

    async def buy(self) -> None:
        await self.tenant.create_subaccount()
        await self.pays_in(CENTS)
        [number] = (await self.tenant.buy_numbers()).numbers
        self.sid = number.sid

    async def pays_in(self, cents: int) -> None:
        await pay_in(self.billing_database, self.person, cents)

    async def balance(self) -> int:
        return await ledger_sum(self.billing_database, self.person)

    async def pass_days(self, days: int) -> None:
        """Move the times of the phone number ``days`` into the past, as if they had passed."""
        await self.tenant.execute(
            "UPDATE twilio_numbers SET billed_from = billed_from - make_interval(days => :days),"
            " paid_until = paid_until - make_interval(days => :days),"
            " warned_until = warned_until - make_interval(days => :days),"
            " unpaid_since = unpaid_since - make_interval(days => :days) WHERE org_id = :org_id",
            days=days,
        )

    async def run(self) -> None:
        """Run the hourly job that charges phone numbers."""

        async def ran() -> bool:
            return await app.run_job(self.settings, "charge-numbers")

        await wait_until(ran)

    async def number(self) -> numbers_pb2.PhoneNumber | None:
        found = [n for n in await self.tenant.numbers() if n.sid == self.sid]
        return found[0] if found else None

    async def alerts(self) -> list[tuple[str, list[str]]]:
        """Return the kind and the mail addresses of each alert that was sent."""
        query = text("SELECT type, payload FROM notifications WHERE org_id = :org ORDER BY id")
        async with self.billing_database.org(self.tenant.org_id) as connection:
            rows = await connection.execute(query, {"org": self.tenant.org_id})
            return [(row.type, row.payload["emails"]) for row in rows]


@pytest.fixture
async def found_holder(
    messaging: Running,
    database: Database,
    billing_database: Database,
    settings: MessagingSettings,
) -> Callable[[], Awaitable[Holder]]:
    async def start() -> Holder:
        holder = Holder(Tenant(messaging, database), billing_database, settings)
        await holder.buy()
        return holder

    return start


@pytest.fixture
async def holder(found_holder: Callable[[], Awaitable[Holder]]) -> Holder:
    return await found_holder()


async def test_each_month_of_a_phone_number_is_charged_once(holder: Holder) -> None:
    await holder.pays_in(1000)
    await holder.run()
    assert await holder.balance() == 1000
    for months in (1, 2, 3):
        await holder.pass_days(40)
        await holder.run()
        await holder.run()
        assert await holder.balance() == 1000 - months * CENTS
    assert await holder.alerts() == []


async def test_after_a_long_outage_only_the_current_month_is_charged(holder: Holder) -> None:
    await holder.pays_in(1000)
    await holder.pass_days(200)
    await holder.run()
    await holder.run()
    assert await holder.balance() == 1000 - CENTS
    number = await holder.number()
    assert number is not None
    assert number.paid_until.ToDatetime() > number.purchased_at.ToDatetime()


async def test_a_number_bought_before_numbers_were_charged_for_is_charged_from_now_on(
    holder: Holder,
) -> None:
    await holder.tenant.execute(
        "UPDATE twilio_numbers SET number_type = NULL, cents_per_month = NULL,"
        " payer_user_id = NULL, payer_email = NULL, billed_from = NULL, paid_until = NULL,"
        " id = :id, purchased_at = now() - interval '400 days' WHERE org_id = :org_id",
        id=new_id(),
    )
    await holder.pays_in(1000)
    for _ in range(3):
        await holder.run()
    assert await holder.balance() == 1000 - CENTS
    number = await holder.number()
    assert number is not None
    assert (number.number_type, number.cents_per_month) == ("local", CENTS)


async def test_another_member_pays_if_the_balance_of_the_buyer_is_too_low(
    holder: Holder,
) -> None:
    colleague = Person(org_id=holder.tenant.org_id)
    await pay_in(holder.billing_database, colleague, 1000)
    await holder.pass_days(40)
    await holder.run()
    assert await ledger_sum(holder.billing_database, colleague) == 1000 - CENTS
    assert await holder.alerts() == []


async def test_an_alert_is_sent_once_before_a_month_that_cannot_be_paid(
    holder: Holder,
) -> None:
    await holder.pass_days(10)
    await holder.run()
    assert await holder.alerts() == []  # it is too early for an alert
    await holder.pass_days(16)
    await holder.run()
    await holder.run()
    assert await holder.alerts() == [("numbers_due", [holder.tenant.email])]
    assert (await holder.tenant.audited()).count("twilio_number_payment_due") == 1
    assert await holder.number()


async def test_no_alert_is_sent_if_the_next_month_can_be_paid(holder: Holder) -> None:
    await holder.pays_in(CENTS)
    await holder.pass_days(26)
    await holder.run()
    assert await holder.alerts() == []


async def test_an_unpaid_number_is_released_after_the_grace_period(
    holder: Holder, twilio: TwilioSide
) -> None:
    account_sid = (await holder.tenant.subaccount()).sub_account_sid
    await holder.pass_days(40)
    for _ in range(2):
        await holder.run()
    number = await holder.number()
    assert number is not None
    assert number.HasField("unpaid_since")
    assert [kind for kind, _ in await holder.alerts()] == ["numbers_unpaid"]
    await holder.pass_days(6)
    await holder.run()
    assert await holder.number()
    await holder.pass_days(2)
    for _ in range(2):
        await holder.run()
    assert await holder.number() is None
    assert await twilio.numbers(account_sid) == []
    assert "numbers_released" in [kind for kind, _ in await holder.alerts()]
    audited = await holder.tenant.audited()
    assert audited.count("twilio_number_unpaid") == 1
    assert audited.count("twilio_number_released") == 1
    assert await holder.balance() == 0
    await holder.pays_in(1000)
    await holder.pass_days(60)
    await holder.run()
    assert await holder.balance() == 1000  # no other month is charged


async def test_a_payment_within_the_grace_period_keeps_the_number(holder: Holder) -> None:
    await holder.pass_days(40)
    await holder.run()
    await holder.pays_in(1000)
    await holder.pass_days(5)
    await holder.run()
    number = await holder.number()
    assert number is not None
    assert not number.HasField("unpaid_since")
    assert await holder.balance() == 1000 - CENTS


async def test_a_campaign_being_sent_delays_the_release_of_an_unpaid_number(
    holder: Holder,
) -> None:
    await holder.tenant.execute(
        "INSERT INTO campaign_counts (campaign_id, org_id, pending, held)"
        " VALUES (:campaign_id, :org_id, 1, false)",
        campaign_id=new_id(),
    )
    await holder.pass_days(40)
    await holder.run()
    await holder.pass_days(8)
    await holder.run()
    assert await holder.number()
    await holder.pass_days(7)
    await holder.run()
    assert await holder.number() is None


async def test_a_released_number_is_neither_charged_nor_refunded(
    holder: Holder,
) -> None:
    await holder.pays_in(1000)
    await holder.tenant.release(holder.sid)
    await holder.pass_days(40)
    await holder.run()
    assert await holder.balance() == 1000
    assert await holder.alerts() == []


@pytest.mark.poison("messaging/charge-numbers")
async def test_a_failing_charge_does_not_affect_other_organisations(
    found_holder: Callable[[], Awaitable[Holder]], database: Database
) -> None:
    bad, good = await found_holder(), await found_holder()
    for holder in (bad, good):
        await holder.pays_in(1000)
        await holder.pass_days(40)
    condition = f"NEW.org_id = '{bad.tenant.org_id}'"
    async with poisoned(database, "twilio_numbers", "UPDATE", condition):
        await good.run()
    assert await good.balance() == 1000 - CENTS
    assert await is_recorded(database, "charge-numbers", bad.tenant.org_id)
    await bad.tenant.execute("UPDATE failing_items SET next_attempt_at = now()")
    await bad.run()
    assert await bad.balance() == 1000 - CENTS  # charged once, although the job ran twice


@pytest.mark.poison("messaging/settle-number-purchases")
async def test_a_purchase_whose_outcome_cannot_be_stored_does_not_affect_other_purchases(
    found_holder: Callable[[], Awaitable[Holder]],
    database: Database,
    settings: MessagingSettings,
) -> None:
    holders = [await found_holder(), await found_holder()]
    for holder in holders:
        await holder.tenant.execute(
            "INSERT INTO number_purchases (id, org_id, user_id, email, phone_number, country,"
            " number_type, cents_per_month, lease_until) VALUES (:org_id, :org_id, :org_id, '',"
            " '+14155559999', 'US', 'local', 150, now() + interval '1 hour')"
        )
    bad, good = (holder.tenant.org_id for holder in holders)
    async with poisoned(database, "number_purchases", "DELETE", f"OLD.org_id = '{bad}'"):
        for holder in holders:
            await holder.tenant.execute("UPDATE number_purchases SET lease_until = now()")

        async def settled() -> bool:
            await app.run_job(settings, "settle-number-purchases")
            return await left() == [bad]

        async def left() -> list[Any]:
            async with database.system() as connection:
                query = text("SELECT org_id FROM number_purchases WHERE org_id = ANY(:ids)")
                return list((await connection.execute(query, {"ids": [bad, good]})).scalars())

        await wait_until(settled)
    assert await is_recorded(database, "settle-number-purchases", bad)
