"""The tables that the queries see are those that the migrations make."""

from services.messaging.settings import MessagingSettings
from services.messaging.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_the_queries_see_the_migrated_tables(settings: MessagingSettings) -> None:
    assert_tables_match(settings.database_url.get_secret_value(), metadata)
