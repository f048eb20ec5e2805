"""The tables in code match the migrations."""

import services.campaigns.campaigns.storage.tables
import services.campaigns.events.storage.tables
import services.campaigns.templates.storage.tables  # noqa: F401  # each adds its tables
from services.campaigns.common.storage.metadata import metadata
from tests.fixtures.schema import assert_tables_match


def test_tables_in_code_match_the_migrations(database_url: str) -> None:
    assert_tables_match(database_url, metadata)
