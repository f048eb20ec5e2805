"""The tables in the code match those of the migrations."""

from services.contacts.settings import ContactsSettings
from services.contacts.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_tables_match_the_migrations(settings: ContactsSettings) -> None:
    assert_tables_match(settings.database_url.get_secret_value(), metadata)
