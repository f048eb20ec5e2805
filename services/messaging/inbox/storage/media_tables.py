"""The table of message files. The migrations define it."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid

from services.messaging.common.storage.tables import metadata

message_media = Table(
    "message_media",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("source_url", Text, nullable=False),
    Column("media_type", Text),
    Column("status", Text, nullable=False),
    Column("failure", Text),
    Column("size_bytes", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("next_step_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
