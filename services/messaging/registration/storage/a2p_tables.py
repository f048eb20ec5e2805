"""Tables for A2P registrations: brands, A2P campaigns and drafts."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.messaging.common.storage.tables import metadata

a2p_brand = Table(
    "a2p_brand",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("brand_sid", Text),
    Column("status", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("sids", JSONB, nullable=False),
    Column("steps_done", Integer, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("identity_status", Text),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("approved_at", DateTime(timezone=True)),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("next_step_at", DateTime(timezone=True), nullable=False),
)

a2p_campaign = Table(
    "a2p_campaign",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("brand_sid", Text, nullable=False),
    Column("messaging_service_sid", Text, nullable=False),
    Column("campaign_sid", Text),
    Column("status", Text, nullable=False),
    Column("use_case", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("approved_at", DateTime(timezone=True)),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("next_step_at", DateTime(timezone=True), nullable=False),
)

a2p_drafts = Table(
    "a2p_drafts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("payload", JSONB, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)
