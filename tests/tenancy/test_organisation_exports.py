"""An organisation's copy of its data has all its rows, no secrets, and nothing of others."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db import org_export
from servicekit.db.database import Database
from servicekit.db.org_export import Exported, ExportOrgRows
from servicekit.ids import new_id
from services.billing.storage import org_tables as billing
from services.campaigns.common.storage import org_tables as campaigns
from services.contacts.storage import org_tables as contacts
from services.gateway.storage import org_tables as gateway
from services.messaging.common.storage import org_tables as messaging
from services.webhooks.storage import org_tables as webhooks
from tests.fixtures.databases import DatabaseFactory

EXPORTED: Mapping[str, Exported] = {
    "billing": billing.EXPORTED,
    "campaigns": campaigns.EXPORTED,
    "contacts": contacts.EXPORTED,
    "gateway": gateway.EXPORTED,
    "messaging": messaging.EXPORTED,
    "webhooks": webhooks.EXPORTED,
}
SECRET = re.compile(r"secret|hash|token|encrypted|password|signature|payment_method|customer_id")
_COLUMNS = text("""
SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'org_id')
""")


def columns_of(url: str) -> Mapping[str, set[str]]:
    """Return the columns of each table that has rows of organisations."""

    async def look() -> Mapping[str, set[str]]:
        database = Database(url, 1)
        found: dict[str, set[str]] = {}
        async with database.system() as connection:
            for table, column in await connection.execute(_COLUMNS):
                found.setdefault(table, set()).add(column)
        await database.close()
        return found

    return asyncio.run(look())


@pytest.mark.parametrize("service", sorted(EXPORTED))
def test_every_table_of_an_organisation_is_copied_without_secrets_or_left_out_with_a_reason(
    database_factory: DatabaseFactory, service: str
) -> None:
    exported = EXPORTED[service]
    with database_factory(service) as url:
        columns = columns_of(url)
    assert set(exported.tables) | set(exported.not_copied) == columns.keys()
    assert not set(exported.tables) & set(exported.not_copied)
    assert all(exported.not_copied.values())
    for table, left_out in exported.left_out.items():
        assert set(left_out) <= columns[table], table
    copied = {
        f"{table}.{column}"
        for table in exported.tables
        for column in columns[table] - {*exported.left_out.get(table, ())}
    }
    assert {name for name in copied if SECRET.search(name)} == set()


@pytest.fixture
def contacts_url(database_factory: DatabaseFactory) -> Iterator[str]:
    with database_factory("contacts") as url:
        yield url


async def copy_of(database: Database, org_id: UUID) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return the tables and rows of all pages."""
    export, cursor, rows = ExportOrgRows(database, contacts.EXPORTED), "", []
    while True:
        page = await export.page(org_id, cursor, 3)
        rows += [(row.table, json.loads(row.json)) for row in page.rows]
        if not page.cursor:
            return rows
        cursor = page.cursor


async def test_all_rows_of_an_organisation_are_copied_once_and_those_of_others_are_not(
    contacts_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(org_export, "_ROWS_READ", 4)
    database, mine, other = Database(contacts_url, 1), new_id(), new_id()
    lists = {org_id: [new_id() for _ in range(10)] for org_id in (mine, other)}
    people = [new_id() for _ in range(4)]
    async with database.system() as connection:
        for number in range(10):
            for org_id in (mine, other):
                await connection.execute(
                    text("INSERT INTO contact_lists (id, org_id, name) VALUES (:id, :org, :name)"),
                    {"id": lists[org_id][number], "org": org_id, "name": f"„List“ {number}"},
                )
        for person in people:
            await connection.execute(
                text("INSERT INTO contacts (id, org_id, phone) VALUES (:id, :org, :phone)"),
                {"id": person, "org": mine, "phone": f"+1415600{person.int % 10_000:04}"},
            )
            await connection.execute(
                text(
                    "INSERT INTO contact_list_members (list_id, contact_id, org_id)"
                    " VALUES (:list, :contact, :org)"
                ),
                {"list": lists[mine][0], "contact": person, "org": mine},
            )
    rows = await copy_of(database, mine)
    found = [row["id"] for table, row in rows if table == "contact_lists"]
    assert sorted(found) == sorted(map(str, lists[mine]))
    members = [row["contact_id"] for table, row in rows if table == "contact_list_members"]
    assert sorted(members) == sorted(map(str, people))
    assert {row["org_id"] for _, row in rows} == {str(mine)}
    assert {row["name"] for table, row in rows if table == "contact_lists"} >= {"„List“ 7"}
    assert all("column_versions" not in row for _, row in rows)
    await database.close()
