"""The table of sending windows."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.messaging.common.storage.tables import metadata

quiet_hours = Table(
    "quiet_hours",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("windows", JSONB, nullable=False),
    Column("default_time_zone", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)
