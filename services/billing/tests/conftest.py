"""Fixtures of billing's tests: members of two organisations."""

from collections.abc import AsyncIterator

import pytest

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from services.billing.providers.stripe_api import StripeApi
from services.billing.tests.member import Member
from services.billing.tests.saved_card import CardHolder
from services.billing.tests.stripe_payer import StripePayer
from tests.fixtures.running import STRIPE_KEY, Person, Running, Simulator


@pytest.fixture(scope="module")
def database(billing_database: Database) -> Database:
    return billing_database


@pytest.fixture(scope="module")
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url, "tests")
    yield bus
    await bus.close()


@pytest.fixture
async def stripe_api(simulator: Simulator) -> AsyncIterator[StripeApi]:
    calls = StripeApi(STRIPE_KEY, simulator.stripe_url)
    yield calls
    await calls.close()


@pytest.fixture
def member(billing: Running, database: Database) -> Member:
    """Return the owner of a new organisation."""
    return Member(billing, database)


@pytest.fixture
def stranger(billing: Running, database: Database) -> Member:
    """Return the owner of another new organisation."""
    return Member(billing, database)


@pytest.fixture
def holder(billing: Running, database: Database, bus: Bus, simulator: Simulator) -> CardHolder:
    """Return the owner of a new organisation, who can save a card."""
    return CardHolder(StripePayer(billing, database, bus, simulator, Person()))


@pytest.fixture
def other_holder(
    billing: Running, database: Database, bus: Bus, simulator: Simulator
) -> CardHolder:
    """Return the owner of another new organisation."""
    return CardHolder(StripePayer(billing, database, bus, simulator, Person()))
