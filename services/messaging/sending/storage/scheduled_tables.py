"""Tables of scheduled sends. The migrations define them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.messaging.common.storage.tables import metadata

scheduled_sends = Table(
    "scheduled_sends",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("operation_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("body", Text, nullable=False),
    Column("media_urls", ARRAY(Text), nullable=False),
    Column("from_number", Text),
    Column("send_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("respect_quiet_hours", Boolean, nullable=False),
    Column("lease_token", Uuid),
    Column("confirmed_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("reference", Text),
    Column("metadata", JSONB),
    Column("sender_chosen", Boolean),
    Column("valid_seconds", Integer),
)

scheduled_recipients = Table(
    "scheduled_recipients",
    metadata,
    Column("scheduled_id", Uuid, ForeignKey("scheduled_sends.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("contact_id", Uuid),
    Column("segments", Integer, nullable=False),
    Column("price_cents", BigInteger, nullable=False),
    Column("smart_encoded", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("message_id", Uuid),
    Column("refusal_code", Text),
    Column("refusal", Text),
    Column("own_body", Text),
    Column("reference", Text),
    Column("metadata", JSONB(none_as_null=True)),
)
