"""Tables for analytics, spending and exports."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.messaging.common.storage.tables import metadata

USAGE_COUNTS = (
    "sent",
    "delivered",
    "failed",
    "received",
    "replied",
    "opted_out",
    "spent_cents",
)

usage_quarters = Table(
    "usage_quarters",
    metadata,
    Column("org_id", Uuid, nullable=False),
    Column("campaign_id", Uuid),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in USAGE_COUNTS),
)

sending_settings = Table(
    "sending_settings",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("allowed_countries", ARRAY(Text), nullable=False),
    Column("max_price_cents_per_message", BigInteger),
    Column("daily_spend_cap_cents", BigInteger),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

message_retention = Table(
    "message_retention",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("days", Integer),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

daily_spend = Table(
    "daily_spend",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("cents", BigInteger, nullable=False),
)

message_exports = Table(
    "message_exports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid),
    Column("wanted", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("rows", BigInteger),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
)
