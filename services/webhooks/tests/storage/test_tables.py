"""The queries see the tables that the migrations make."""

from collections.abc import Callable

from services.webhooks.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_tables_are_those_of_the_migrations(migrated_database: Callable[[str], str]) -> None:
    assert_tables_match(migrated_database("webhooks"), metadata)
