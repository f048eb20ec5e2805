"""Tables of events, as the queries see them. The migrations define them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.contact_merges import table as contact_merges_table
from services.campaigns.common.storage.metadata import metadata

events = Table(
    "events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("date", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("time_zone", Text, nullable=False),
    Column("location", Text),
    Column("status", Text, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("texts_deleted_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

event_organizers = Table(
    "event_organizers",
    metadata,
    Column("event_id", Uuid, ForeignKey("events.id"), primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("permission", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
)

event_attendees = Table(
    "event_attendees",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False),
    Column("contact_id", Uuid),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text),
    Column("phone", Text),
    Column("rsvp_status", Text, nullable=False),
    Column("rsvp_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

question_sets = Table(
    "question_sets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("questions", ARRAY(Text), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

event_matches = Table(
    "event_matches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False),
    Column("attendee_id", Uuid, ForeignKey("event_attendees.id"), nullable=False),
    Column("matched_attendee_id", Uuid, ForeignKey("event_attendees.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

event_texts = Table(
    "event_texts",
    metadata,
    Column("event_id", Uuid, ForeignKey("events.id"), primary_key=True),
    Column("notification_type", Text, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("message", Text),
    Column("template_id", Uuid, ForeignKey("sms_templates.id")),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

event_sms_retries = Table(
    "event_sms_retries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False),
    Column("attendee_ids", ARRAY(Uuid), nullable=False),
    Column("force", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("total", BigInteger, nullable=False),
    Column("retried", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("refusals", JSONB, nullable=False),
    Column("after_message_id", Uuid),
    Column("batch", ARRAY(Uuid), nullable=False),
    Column("until_message_id", Uuid, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
)

contact_merges = contact_merges_table(metadata)
