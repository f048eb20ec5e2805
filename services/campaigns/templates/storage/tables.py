"""The table of templates, as the queries see it. The migrations define it."""

from sqlalchemy import BigInteger, Column, Computed, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from services.campaigns.common.storage.metadata import metadata

sms_templates = Table(
    "sms_templates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
    Column("words", TSVECTOR, Computed("see the migration"), nullable=False),
)
