"""Tables about Twilio accounts: API keys, balances and phone lookups."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Numeric, Table, Text, Uuid

from services.messaging.common.storage.tables import metadata

twilio_api_keys = Table(
    "twilio_api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("sid", Text, nullable=False),
    Column("secret_encrypted", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)

twilio_account_balance = Table(
    "twilio_account_balance",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("balance", Numeric),
    Column("currency", Text),
    Column("fetched_at", DateTime(timezone=True)),
    Column("ask_after", DateTime(timezone=True), nullable=False),
)

phone_lookups = Table(
    "phone_lookups",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("phone", Text, primary_key=True),
    Column("valid", Boolean),
    Column("country", Text),
    Column("national_format", Text),
    Column("line_type", Text),
    Column("carrier", Text),
    Column("looked_up_at", DateTime(timezone=True)),
    Column("charge_id", Uuid),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("charged_cents", BigInteger, nullable=False),
)
