"""Without its org predicate a query sees nothing of other organisations."""

import pytest
from sqlalchemy import Table, select

from servicekit.db.database import Database
from services.campaigns.storage.tables import metadata
from services.campaigns.tests.builders import a_campaign, a_template
from tests.fixtures.running import Person

TABLES = list(metadata.tables.values())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_a_forgotten_predicate_returns_no_foreign_row(
    database: Database, table: Table
) -> None:
    mine, theirs = Person(), Person()
    for person in (mine, theirs):
        await a_campaign(database, person, template_id=await a_template(database, person))
    async with database.org(mine.org_id) as connection:
        rows = (await connection.execute(select(table))).all()
    assert {row.org_id for row in rows} == {mine.org_id}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_outside_of_any_scope_nothing_is_seen(database: Database, table: Table) -> None:
    person = Person()
    await a_campaign(database, person, template_id=await a_template(database, person))
    async with database.engine.begin() as connection:
        assert not (await connection.execute(select(table))).all()
