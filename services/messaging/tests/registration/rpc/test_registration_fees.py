"""The user who submits a registration pays the fee, once for each submission."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from servicekit.db.database import Database
from servicekit.errors import Conflict, Forbidden, InsufficientBalance
from services.billing.tests.money import ledger_sum, pay_in
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation
from services.messaging.tests.registrant import APPROVED, BRAND, CAMPAIGN, FAILED, Registrant
from services.messaging.tests.tenant import Tenant
from tests.fixtures.running import Person, Running, listening, running

BRAND_CENTS, CAMPAIGN_CENTS = 500, 1500
REJECTED_EIN = "00-0030795"


@pytest.fixture(scope="module")
async def priced(settings: MessagingSettings, messaging: Running) -> AsyncIterator[Running]:
    """Return a second server on the same database, with fees for registrations."""
    changes = {
        "ops_listen": listening(),
        "grpc_listen": listening(),
        "a2p_brand_cents": BRAND_CENTS,
        "a2p_campaign_cents": CAMPAIGN_CENTS,
    }
    async with running(app.serve, settings.model_copy(update=changes)) as service:
        yield service


@pytest.fixture
async def registrant(
    priced: Running,
    database: Database,
    bare_organisation: Organisation,
    settings: MessagingSettings,
) -> Registrant:
    tenant = Tenant(priced, database)
    await tenant.create_subaccount()
    await tenant.create_service()
    return Registrant(tenant, bare_organisation, settings)


def person_of(registrant: Registrant) -> Person:
    return Person(registrant.tenant.org_id, registrant.tenant.user_id)


async def test_a_submission_needs_a_verified_email_and_a_sufficient_balance(
    registrant: Registrant, billing_database: Database
) -> None:
    await pay_in(billing_database, person_of(registrant), BRAND_CENTS - 1)
    with pytest.raises(InsufficientBalance):
        await registrant.submit_brand(**BRAND)
    unverified = replace(registrant, tenant=replace(registrant.tenant, verified=False))
    with pytest.raises(Forbidden) as refusal:
        await unverified.submit_brand(**BRAND)
    assert refusal.value.code == "email_not_verified"
    assert not (await registrant.status()).HasField("brand")
    assert await ledger_sum(billing_database, person_of(registrant)) == BRAND_CENTS - 1


async def test_the_fees_are_shown_before_anything_is_submitted(registrant: Registrant) -> None:
    told = await registrant.status()
    assert (told.brand_fee_cents, told.campaign_fee_cents) == (BRAND_CENTS, CAMPAIGN_CENTS)


async def test_the_fee_is_charged_once_for_each_submission(
    registrant: Registrant, billing_database: Database
) -> None:
    person = person_of(registrant)
    await pay_in(billing_database, person, 10_000)
    for _ in range(2):
        await registrant.submit_brand(**{**BRAND, "ein": REJECTED_EIN})
    assert await ledger_sum(billing_database, person) == 10_000 - BRAND_CENTS
    await registrant.brand_when(FAILED)
    with pytest.raises(Conflict):
        await registrant.submit_brand(**BRAND)
    assert await ledger_sum(billing_database, person) == 10_000 - BRAND_CENTS
    await registrant.resubmit_brand(ein=BRAND["ein"])
    with pytest.raises(Conflict):
        await registrant.resubmit_brand(ein=BRAND["ein"])
    assert await ledger_sum(billing_database, person) == 10_000 - 2 * BRAND_CENTS
    brand = await registrant.brand_when(APPROVED)
    for _ in range(2):
        await registrant.create_campaign(brand.brand_sid, **CAMPAIGN)
    left = 10_000 - 2 * BRAND_CENTS - CAMPAIGN_CENTS
    assert await ledger_sum(billing_database, person) == left
