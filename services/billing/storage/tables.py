"""Billing's tables for building queries. The migrations create them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

user_balances = Table(
    "user_balances",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("balance_cents", BigInteger, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

topups = Table(
    "topups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("session_id", Text),
    Column("payment_intent_id", Text),
    Column("receipt_url", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("paid_at", DateTime(timezone=True)),
    Column("settled_lookup", BigInteger, nullable=False),
    Column("by_user_id", Uuid),
    Column("automatic", Boolean, nullable=False),
    Column("customer_id", Text),
    Column("payment_method_id", Text),
    Column("failed_at", DateTime(timezone=True)),
)

automatic_topups = Table(
    "automatic_topups",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("threshold_cents", BigInteger, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("daily_limit_cents", BigInteger, nullable=False),
    Column("customer_id", Text),
    Column("payment_method_id", Text),
    Column("former_payment_method_id", Text),
    Column("card_brand", Text),
    Column("card_last4", Text),
    Column("card_exp_month", Integer),
    Column("card_exp_year", Integer),
    Column("failure", Text),
    Column("failed_at", DateTime(timezone=True)),
    Column("org_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("by_user_id", Uuid),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("open_topup_id", Uuid),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

billing_transactions = Table(
    "billing_transactions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("topup_id", Uuid, ForeignKey("topups.id")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("balance_after_cents", BigInteger),
    Column("by_user_id", Uuid),
    Column("campaign_id", Uuid),
)

reversals = Table(
    "reversals",
    metadata,
    Column("external_id", Text, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("taken_cents", BigInteger, nullable=False),
    Column("returned_at", DateTime(timezone=True)),
    Column("movements", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

prices = Table(
    "prices",
    metadata,
    Column("country", Text, primary_key=True),
    Column("cents_per_segment", BigInteger, nullable=False),
    Column("cents_per_mms", BigInteger),
)

number_prices = Table(
    "number_prices",
    metadata,
    Column("country", Text, primary_key=True),
    Column("number_type", Text, primary_key=True),
    Column("cents_per_month", BigInteger, nullable=False),
)

billing_settings = Table(
    "billing_settings",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("org_name", Text, nullable=False),
    Column("min_balance_cents", BigInteger, nullable=False),
    Column("notify_emails", ARRAY(Text), nullable=False),
    Column("sms_alert_to", Text),
    Column("alerted_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("payer", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

campaign_names = Table(
    "campaign_names",
    metadata,
    Column("campaign_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("event_id", Uuid),
)

unsealed_transactions = Table(
    "unsealed_transactions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("hash", BigInteger, nullable=False),
)

account_seals = Table(
    "account_seals",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("adopted_until", Uuid),
)

seal_blocks = Table(
    "seal_blocks",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("from_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("last_id", Uuid, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("hash", Numeric, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("user_id", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

notification_marks = Table(
    "notification_marks",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("read_until", Uuid, nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False),
)

notification_reads = Table(
    "notification_reads",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("notification_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False),
)
