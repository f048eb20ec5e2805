"""The real billing service handles a Stripe event, and the log records the outcome."""

import pytest
from sqlalchemy import RowMapping, text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.webhooks.tests.calls import stripe_call, stripe_event
from services.webhooks.tests.serving import Service
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until


@pytest.fixture(scope="module")
def ledger(billing: Running, billing_database: Database) -> Database:
    """Run a billing service, and return its database."""
    return billing_database


async def outcome_of(service: Service, event: dict[str, object]) -> RowMapping:
    """Return the logged event once it has an outcome."""

    async def known() -> RowMapping | None:
        row = (await service.logged_as(str(event["id"])))[0]
        return row if row["processed_at"] else None

    found = await wait_until(known)
    assert found
    return found


async def movements(ledger: Database) -> int:
    async with ledger.system() as connection:
        count = await connection.scalar(text("SELECT count(*) FROM billing_transactions"))
    return int(count or 0)


@pytest.mark.usefixtures("ledger")
async def test_a_stripe_event_that_billing_handled_is_recorded_as_successful(
    service: Service,
) -> None:
    event = stripe_event()
    assert (await service.post(stripe_call(event))).status_code == 200
    assert (await outcome_of(service, event))["success"] is True


@pytest.mark.parametrize(
    "type_", ["payment_intent.succeeded", "checkout.session.completed", "charge.refunded"]
)
async def test_a_payment_that_does_not_exist_at_stripe_adds_to_no_balance(
    service: Service, ledger: Database, type_: str
) -> None:
    forged = {
        "id": "pi_forged",
        "payment_intent": "pi_forged",
        "amount": 100_000,
        "amount_total": 5,
        "currency": "eur",
        "metadata": {"org_id": str(new_id()), "topup_id": str(new_id()), "amount": "100000"},
    }
    event = stripe_event(type=type_, data={"object": forged})
    following = stripe_event()
    for call in (stripe_call(event), stripe_call(following)):
        assert (await service.post(call)).status_code == 200
    await outcome_of(service, following)  # billing handles `event` before `following`
    assert await movements(ledger) == 0
