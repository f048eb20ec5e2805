"""The tables in the code match the migrations."""

from collections.abc import Callable

from services.webhooks.delivery.storage import tables
from services.webhooks.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_tables_match_the_migrations(migrated_database: Callable[[str], str]) -> None:
    assert tables.webhook_endpoints.metadata is metadata
    assert_tables_match(migrated_database("webhooks"), metadata)
