"""The commands for operators after a restore list charges, and payments that are not credited."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.billing import app
from services.billing.domain.ledger import Cause, Charge
from services.billing.settings import BillingSettings
from services.billing.tests.money import account_of, pay_in
from services.billing.tests.stripe_payer import StripePayer
from services.billing.usecases.charge_messages import ChargeBatch, ChargeMessages
from services.billing.usecases.refund_messages import RefundMessages
from tests.fixtures.running import Person, Running, Simulator


@pytest.fixture
def payer(billing: Running, database: Database, bus: Bus, simulator: Simulator) -> StripePayer:
    return StripePayer(billing, database, bus, simulator, Person())


def minutes_from_now(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def lines(capsys: pytest.CaptureFixture[str], org_id: UUID) -> list[dict[str, Any]]:
    """Return the printed lines of an organisation."""
    printed = capsys.readouterr().out.splitlines()
    found = [json.loads(line) for line in printed if line.startswith("{")]
    return [line for line in found if line.get("orgId") == str(org_id)]


async def test_the_charges_since_a_time_are_listed_with_what_caused_them(
    payer: StripePayer, billing_settings: BillingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    database, account = payer.database, account_of(payer.person)
    await pay_in(database, payer.person, 100)
    kept, refunded, campaign_id = new_id(), new_id(), new_id()
    charges = [Charge(kept, 2), Charge(refunded, 3)]
    cause = Cause("Doors", payer.person.user_id, campaign_id)
    await ChargeMessages(database).charge(ChargeBatch(account, charges, cause))
    await RefundMessages(database).refund(account.org_id, [refunded])
    await app.list_charges(billing_settings, asyncio.Event(), since=minutes_from_now(-5))
    first, second = lines(capsys, account.org_id)
    assert (first["messageId"], first["cents"], first["refunded"]) == (str(kept), 2, False)
    assert (second["messageId"], second["cents"], second["refunded"]) == (str(refunded), 3, True)
    assert (first["userId"], first["description"], first["campaignId"]) == (
        str(account.user_id),
        "Doors",
        str(campaign_id),
    )
    await app.list_charges(billing_settings, asyncio.Event(), since=minutes_from_now(5))
    assert lines(capsys, account.org_id) == []


async def test_a_payment_is_listed_until_it_is_credited(
    payer: StripePayer, billing_settings: BillingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = await payer.paid(500)
    assert await listed(payer, billing_settings, capsys) == [(payment, 500, "usd")]
    await payer.deliver(*payer.events(payment))
    assert await listed(payer, billing_settings, capsys) == []


async def test_a_payment_whose_top_up_was_lost_is_listed_and_never_credited(
    payer: StripePayer, billing_settings: BillingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = await payer.paid(500)
    async with payer.database.org(payer.person.org_id) as connection:
        forget = "DELETE FROM topups WHERE org_id = %s"
        await connection.exec_driver_sql(forget, (payer.person.org_id,))
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 0
    assert await listed(payer, billing_settings, capsys) == [(payment, 500, "usd")]


async def listed(
    payer: StripePayer, settings: BillingSettings, capsys: pytest.CaptureFixture[str]
) -> list[tuple[str, int, str]]:
    since = minutes_from_now(-5)
    await app.find_lost_payments(settings, asyncio.Event(), since=since)
    return [
        (line["paymentIntent"], line["cents"], line["currency"])
        for line in lines(capsys, payer.person.org_id)
    ]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-29T18:30:00", ""])
async def test_a_time_without_an_offset_is_refused_and_the_error_names_the_option(
    billing_settings: BillingSettings, since: str
) -> None:
    with pytest.raises(SystemExit, match="--since"):
        await app.list_charges(billing_settings, asyncio.Event(), since=since)
