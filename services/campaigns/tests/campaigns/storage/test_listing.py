"""Filters of the list of campaigns are served by indexes."""

from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.storage import listing
from services.campaigns.campaigns.storage.listing import CampaignFilter
from services.campaigns.tests.builders import a_campaign
from tests.fixtures.databases import analyze
from tests.fixtures.running import Person

_MANY = text("""
INSERT INTO sms_campaigns (id, org_id, created_by, name, message, status, reference)
SELECT uuidv7(), :org_id, :user_id, 'Sale', 'Hi', 'draft', 'reference ' || number
FROM generate_series(1, 3000) AS number
""")


async def _plan(database: Database, person: Person, wanted: CampaignFilter) -> str:
    """Return how Postgres reads a page of campaigns."""
    executed: list[tuple[str, Any]] = []

    def remember(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        executed.append((statement, parameters))

    async with database.org(person.org_id) as connection:
        event.listen(Engine, "before_cursor_execute", remember)
        try:
            await listing.page(connection, person.org_id, wanted, 50, None)
        finally:
            event.remove(Engine, "before_cursor_execute", remember)
        # Services in this process may execute statements meanwhile.
        [(statement, parameters)] = [each for each in executed if str(person.org_id) in str(each)]
        rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(rows.scalars())


@pytest.mark.parametrize("sort", ["newest", "oldest"])
async def test_a_search_for_campaigns_by_reference_uses_an_index(
    database: Database, sort: listing.Sort
) -> None:
    person = Person()
    async with database.system() as connection:
        values = {"org_id": person.org_id, "user_id": person.user_id}
        await connection.execute(_MANY, values)
    reference = f"mine {new_id()}"
    mine = [await a_campaign(database, person, reference=reference) for _ in range(2)]
    await analyze(database, "sms_campaigns")
    wanted = CampaignFilter(reference=reference, sort=sort)
    plan = await _plan(database, person, wanted)
    assert "ix_sms_campaigns_by_reference" in plan, plan
    async with database.org(person.org_id) as connection:
        found = await listing.page(connection, person.org_id, wanted, 50, None)
    assert [each.id for each in found] == (mine if sort == "oldest" else mine[::-1])
