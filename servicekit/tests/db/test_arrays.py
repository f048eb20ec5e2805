"""Array parameters reach the database unchanged."""

from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from servicekit.db.database import Database

_WORDS = ["plain", "", "NULL", "null", 'a "quote"', "back\\slash", "{a,b}", " ", "a\nb", "Zoë 🎉"]


class _Colour(StrEnum):
    RED = "red"


async def arrived(database: Database, items: list[Any], kind: str) -> list[Any]:
    query = text(f"SELECT CAST(:items AS {kind}[])")
    async with database.system() as connection:
        return list(await connection.scalar(query, {"items": items}) or [])


@pytest.mark.parametrize(
    ("items", "kind"),
    [
        (_WORDS, "text"),
        ([*_WORDS, None], "text"),
        ([None, None], "text"),
        ([], "uuid"),
        ([uuid4(), None, UUID(int=0)], "uuid"),
        ([0, -1, None, 2**62], "bigint"),
        ([True, False, None], "boolean"),
        ([0.5, None, -1.0], "double precision"),
        ([["a", "b"], ["c", "d"]], "text"),
    ],
)
async def test_an_array_reaches_the_database_unchanged(
    database: Database, items: list[Any], kind: str
) -> None:
    assert await arrived(database, items, kind) == items


async def test_json_and_enum_values_in_an_array_reach_the_database_unchanged(
    database: Database,
) -> None:
    assert await arrived(database, ['{"a": "b \\\\ c"}', None], "jsonb") == [{"a": "b \\ c"}, None]
    assert await arrived(database, [_Colour.RED], "text") == ["red"]


async def test_an_array_with_a_nul_character_in_a_text_is_refused(database: Database) -> None:
    with pytest.raises(DataError, match="NUL"):
        await arrived(database, ["good", "ba\0d"], "text")
