"""The tables in code match the migrated database."""

import re

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.messaging.common.storage.tables import metadata
from services.messaging.settings import MessagingSettings
from tests.fixtures.schema import assert_tables_match


def test_the_tables_in_code_match_the_migrations(settings: MessagingSettings) -> None:
    assert_tables_match(settings.database_url.get_secret_value(), metadata)


@pytest.mark.parametrize(
    ("columns", "condition"),
    [
        (["provider_sid"], "provider_sid IS NOT NULL"),
        (["org_id", "attendee_id", "created_at"], "event_id IS NOT NULL"),
        (["org_id", "event_id", "created_at"], "event_id IS NOT NULL"),
        (["org_id", "status", "created_at"], "direction = 'out'"),
        (["org_id", "event_id", "status"], "event_id IS NOT NULL"),
    ],
)
async def test_the_indexes_that_the_specification_lists_for_the_history_exist(
    database: Database, columns: list[str], condition: str
) -> None:
    query = text("SELECT indexdef FROM pg_indexes WHERE tablename = 'sms_messages'")
    async with database.system() as connection:
        definitions = (await connection.scalars(query)).all()
    found = [re.search(r"\((.*?)\)(?: WHERE \((.*)\))?$", each) for each in definitions]
    assert any(
        match
        and [c.split()[0] for c in match[1].split(", ")][: len(columns)] == columns
        and (match[2] or "").replace("::text", "").strip("()") == condition
        for match in found
    )
