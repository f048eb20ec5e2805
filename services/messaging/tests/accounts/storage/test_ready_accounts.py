"""The accounts that tests create directly are the same as those that customers set up."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import Table, Text, cast, select

from servicekit.db.database import Database
from services.messaging.common.storage.tables import (
    twilio_messaging_services,
    twilio_numbers,
    twilio_subaccounts,
)
from services.messaging.tests.ready_accounts import ReadyAccounts
from services.messaging.tests.tenant import Tenant, TwilioSide
from tests.fixtures.running import Person

TABLES = (twilio_subaccounts, twilio_messaging_services, twilio_numbers)
DIFFER = ("id", "_at", "_from", "_until", "_since", "_encrypted", "_name", "_number", "_email")
"""How the names of columns end whose values differ from organisation to organisation."""


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_an_account_made_for_tests_has_the_same_rows_as_an_account_that_a_customer_set_up(
    found_tenant: Callable[[], Awaitable[Tenant]],
    ready_accounts: ReadyAccounts,
    database: Database,
    table: Table,
) -> None:
    tenant, person = await found_tenant(), Person()
    await tenant.create_subaccount()
    await tenant.create_service()
    await tenant.buy_numbers()
    await ready_accounts.make(person)
    [theirs] = await rows_of(database, table, tenant.org_id)
    assert await rows_of(database, table, person.org_id) == [theirs]


async def test_an_account_made_for_tests_has_its_number_in_its_messaging_service_at_twilio(
    tenant: Tenant, ready_accounts: ReadyAccounts, twilio: TwilioSide
) -> None:
    account_sid = await ready_accounts.make(Person(tenant.org_id, tenant.user_id))
    [service] = await twilio.services(tenant)
    assert service["sid"] == (await tenant.service()).sid
    assert await twilio.pool(tenant, service["sid"]) == await twilio.numbers(account_sid)


async def rows_of(database: Database, table: Table, org_id: UUID) -> list[dict[str, str | None]]:
    """Return an organisation's rows of a table as text, without values that always differ."""
    columns = [cast(column, Text).label(column.name) for column in table.c]
    async with database.org(org_id) as connection:
        rows = await connection.execute(select(*columns).where(table.c.org_id == org_id))
    return [{name: _common(name, row[name]) for name in row} for row in rows.mappings()]


def _common(name: str, value: str | None) -> str | None:
    return value if value in (None, "-infinity") or not name.endswith(DIFFER) else "any"
