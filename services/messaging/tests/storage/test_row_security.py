"""Row-level security hides other organisations' rows from a query without ``org_id``."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Table, select

from servicekit.db.database import Database
from services.messaging.common.storage.tables import (
    twilio_messaging_services,
    twilio_numbers,
    twilio_subaccounts,
)
from services.messaging.tests.tenant import Tenant

TABLES = (twilio_subaccounts, twilio_messaging_services, twilio_numbers)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_a_query_without_an_org_id_condition_returns_only_the_organisations_rows(
    tenant: Tenant,
    database: Database,
    table: Table,
    found_tenant: Callable[[], Awaitable[Tenant]],
) -> None:
    for each in (tenant, await found_tenant()):
        await _set_up(each)
    async with database.org(tenant.org_id) as connection:
        rows = (await connection.execute(select(table.c.org_id))).all()
    assert {row.org_id for row in rows} == {tenant.org_id}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_no_row_is_visible_if_the_connection_has_set_no_organisation(
    tenant: Tenant, database: Database, table: Table
) -> None:
    await _set_up(tenant)
    async with database.engine.begin() as connection:
        assert not (await connection.execute(select(table.c.org_id))).all()


async def _set_up(tenant: Tenant) -> None:
    await tenant.create_subaccount()
    await tenant.create_service()
    await tenant.buy_numbers()
