"""The tables that the queries see are those that the migrations make."""

import services.campaigns.campaigns.storage.tables
import services.campaigns.events.storage.tables
import services.campaigns.templates.storage.tables  # noqa: F401  # each adds its tables
from services.campaigns.common.storage.metadata import metadata
from tests.fixtures.schema import assert_tables_match


def test_the_queries_see_the_migrated_tables(database_url: str) -> None:
    assert_tables_match(database_url, metadata)
