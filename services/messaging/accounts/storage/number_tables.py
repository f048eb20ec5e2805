"""Tables for buying phone numbers: purchases in progress, and limits."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid

from services.messaging.common.storage.tables import metadata

number_purchases = Table(
    "number_purchases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone_number", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("number_type", Text, nullable=False),
    Column("cents_per_month", BigInteger, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
)

number_limits = Table(
    "number_limits",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("max_numbers", Integer, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)
