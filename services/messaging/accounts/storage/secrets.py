"""The database columns that contain encrypted secrets."""

from servicekit.db.sealed_columns import SecretColumn
from services.messaging.accounts.storage.account_tables import twilio_api_keys
from services.messaging.common.storage.tables import twilio_subaccounts

COLUMNS = (
    SecretColumn(twilio_subaccounts, "auth_token_encrypted", "org_id"),
    SecretColumn(twilio_subaccounts, "secondary_token_encrypted", "org_id"),
    SecretColumn(twilio_api_keys, "secret_encrypted", "id"),
)
