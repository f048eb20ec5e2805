"""Row-level security hides rows of other organisations from any query."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Table, select

from servicekit import contact_merges
from servicekit.contact_merges import ContactMerge
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.storage import deferred
from services.campaigns.common.storage.metadata import metadata
from services.campaigns.tests.builders import a_campaign, a_template
from services.campaigns.tests.event_rows import an_event_with_everything
from tests.fixtures.running import Person

TABLES = list(metadata.tables.values())


async def a_row_in_each_table(database: Database, person: Person) -> None:
    await an_event_with_everything(database, person)
    template_id = await a_template(database, person)
    campaign_id = await a_campaign(database, person, template_id=template_id)
    async with database.org(person.org_id) as connection:
        late = {new_id(): datetime.now(UTC)}
        await deferred.settle(connection, person.org_id, campaign_id, (), late)
        merge = ContactMerge(person.org_id, new_id(), new_id(), "+12125550101", datetime.now(UTC))
        await contact_merges.begin(connection, merge)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_a_query_without_an_org_id_condition_returns_only_the_organisations_rows(
    database: Database, table: Table
) -> None:
    mine, theirs = Person(), Person()
    for person in (mine, theirs):
        await a_row_in_each_table(database, person)
    async with database.org(mine.org_id) as connection:
        rows = (await connection.execute(select(table))).all()
    assert {row.org_id for row in rows} == {mine.org_id}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_no_row_is_visible_if_the_connection_has_set_no_organisation(
    database: Database, table: Table
) -> None:
    await a_row_in_each_table(database, Person())
    async with database.engine.begin() as connection:
        assert not (await connection.execute(select(table))).all()
