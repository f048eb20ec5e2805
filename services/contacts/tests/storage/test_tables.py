"""The tables that the queries see are those that the migrations make."""

from services.contacts.settings import ContactsSettings
from services.contacts.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_tables_match_the_migrations(settings: ContactsSettings) -> None:
    assert_tables_match(settings.database_url.get_secret_value(), metadata)
