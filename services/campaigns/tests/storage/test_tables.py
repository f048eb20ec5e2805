"""The tables that the queries see are those that the migrations make."""

from services.campaigns.common.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_the_queries_see_the_migrated_tables(database_url: str) -> None:
    assert_tables_match(database_url, metadata)
