"""Campaigns' tables, as the queries see them; the migrations define them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

metadata = MetaData()

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
    Column("words", TSVECTOR, Computed("see the migration"), nullable=False),
)

sms_campaigns = Table(
    "sms_campaigns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("message", Text),
    Column("template_id", Uuid, ForeignKey("sms_templates.id")),
    Column("list_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("schedule_at", DateTime(timezone=True)),
    Column("created_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("body", Text),
    Column("cursor_contact_id", Uuid),
    Column("opted_out_count", BigInteger, nullable=False),
    Column("invalid_count", BigInteger, nullable=False),
    Column("planned_at", DateTime(timezone=True)),
    Column("next_plan_at", DateTime(timezone=True)),
    Column("lease_token", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    Column("held", Boolean, nullable=False),
    Column("tell_hold_until", DateTime(timezone=True)),
    Column("retry_of", Uuid, ForeignKey("sms_campaigns.id")),
    Column("retry_root", Uuid),
    Column("retryable_only", Boolean, nullable=False),
    Column("pause_at_failure_rate", Double),
    Column("judged_tried", BigInteger, nullable=False),
    Column("judged_failed", BigInteger, nullable=False),
    Column("judged_known", BigInteger, nullable=False),
)

campaign_waiting = Table(
    "campaign_waiting",
    metadata,
    Column("campaign_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("opens_at", DateTime(timezone=True), nullable=False),
)
