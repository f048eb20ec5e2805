"""The tables in the code match those of the migrations."""

from services.billing.settings import BillingSettings
from services.billing.storage.tables import metadata
from tests.fixtures.schema import assert_tables_match


def test_tables_match_the_migrations(billing_settings: BillingSettings) -> None:
    assert_tables_match(billing_settings.database_url.get_secret_value(), metadata)
