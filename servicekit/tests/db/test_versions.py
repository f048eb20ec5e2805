"""A trigger updates the versions of rows, and a change that expects another version is refused."""

import pytest
from sqlalchemy import column, table, text, update

from servicekit.db import versions
from servicekit.db.database import Database
from servicekit.db.versions import Versions, require_version
from servicekit.errors import PreconditionFailed
from tests.fixtures.databases import as_owner

TABLE = """
CREATE TABLE versioned_things (id integer PRIMARY KEY, name text, max_length integer, seen integer)
"""


THINGS = table("versioned_things", column("name"), column("max_length"), column("seen"))


@pytest.fixture(scope="module")
async def things(database: Database) -> Database:
    async with as_owner(database) as owner, owner.system() as connection:
        for statement in (
            TABLE,
            f"ALTER TABLE versioned_things {versions.COLUMNS}",
            versions.FUNCTION,
            versions.trigger("versioned_things", "name", "max_length"),
            "INSERT INTO versioned_things (id, name) VALUES (1, 'a')",
        ):
            await connection.execute(text(statement))
    return database


async def changed(database: Database, **values: object) -> Versions:
    async with database.system() as connection:
        await connection.execute(update(THINGS).values(values))
        query = text("SELECT version, column_versions FROM versioned_things")
        row = (await connection.execute(query)).one()
    return Versions(row.version, row.column_versions)


async def test_only_a_change_of_a_listed_column_makes_a_new_version(things: Database) -> None:
    assert await changed(things, seen=1) == Versions(1)
    assert await changed(things, name="a") == Versions(1)
    assert await changed(things, name="b", seen=2) == Versions(2, {"name": 2})
    assert await changed(things, max_length=5) == Versions(3, {"name": 2, "max_length": 3})
    assert await changed(things, name=None) == Versions(4, {"name": 4, "max_length": 3})


def test_a_change_that_expects_the_current_version_or_none_is_allowed() -> None:
    require_version(Versions(3), 3)
    require_version(Versions(3), None)


def test_a_change_is_refused_if_the_row_was_changed_since_and_the_error_names_the_fields() -> None:
    stored = Versions(4, {"name": 2, "max_length": 3, "tags_version": 4})
    with pytest.raises(PreconditionFailed) as error:
        require_version(stored, 2, {"tags_version": "tags"})
    assert error.value.facts == {"version": 4, "changedFields": ["maxLength", "tags"]}
    assert "maxLength, tags" in error.value.message


def test_a_change_that_expects_a_version_that_never_existed_is_refused() -> None:
    with pytest.raises(PreconditionFailed) as error:
        require_version(Versions(2, {"name": 2}), 7)
    assert error.value.facts == {"version": 2, "changedFields": []}
