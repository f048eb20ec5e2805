"""Tables of the contacts service for building queries. The migrations create them."""

from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A query with any columns."""

metadata = MetaData()

contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("phone", Text, nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("email", Text),
    Column("time_zone", Text),
    Column("opted_out_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
    Column("tags_version", BigInteger, nullable=False),
    Column("merged_into", Uuid),
)

contact_opt_status = Table(
    "contact_opt_status",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("source", Text),
    Column("held_at", DateTime(timezone=True)),
)

contact_opt_history = Table(
    "contact_opt_history",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("phone", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("source", Text),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("words", Text),
    Column("method", Text),
    Column("user_id", Uuid),
)

contact_counts = Table(
    "contact_counts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("contact_count", BigInteger, nullable=False),
    Column("part_size", BigInteger, nullable=False),
)

contact_search_parts = Table(
    "contact_search_parts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("after_id", Uuid, nullable=False),
)

contact_search = Table(
    "contact_search",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    Column("words_version", Integer, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("contact_count", BigInteger, nullable=False),
)

contact_tags = Table(
    "contact_tags",
    metadata,
    Column("tag_id", Uuid, ForeignKey("tags.id"), primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("org_id", Uuid, nullable=False),
)

contact_lists = Table(
    "contact_lists",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("member_count", BigInteger, nullable=False),
    Column("filter", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

contact_list_members = Table(
    "contact_list_members",
    metadata,
    Column("list_id", Uuid, ForeignKey("contact_lists.id"), primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

import_jobs = Table(
    "import_jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("list_id", Uuid),
    Column("default_country", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("incomplete", BigInteger, nullable=False),
    Column("opted_out", BigInteger, nullable=False),
    Column("total_rows", BigInteger),
    Column("headings", JSONB, nullable=False),
    Column("errors", JSONB, nullable=False),
    Column("failure", Text),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
)

bulk_changes = Table(
    "bulk_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid),
    Column("action", Text, nullable=False),
    Column("tags", JSONB, nullable=False),
    Column("list_id", Uuid),
    Column("filter", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("expected_count", BigInteger, nullable=False),
    Column("matched", BigInteger),
    Column("processed", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("last_contact_id", Uuid),
    Column("failure", Text),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
)

bulk_change_contacts = Table(
    "bulk_change_contacts",
    metadata,
    Column("change_id", Uuid, ForeignKey("bulk_changes.id"), primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
)

import_job_errors = Table(
    "import_job_errors",
    metadata,
    Column("job_id", Uuid, ForeignKey("import_jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("field", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("cells", JSONB),
    Column("value", Text, nullable=False),
)

import_job_chunks = Table(
    "import_job_chunks",
    metadata,
    Column("job_id", Uuid, ForeignKey("import_jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
