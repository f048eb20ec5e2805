"""The tables of second factors for queries. The migrations define them."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    LargeBinary,
    Table,
    Text,
    Uuid,
    exists,
)

from servicekit.db.sealed_columns import SecretColumn
from services.gateway.storage.tables import metadata, users

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("secret_encrypted", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("last_step", BigInteger),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

sign_in_challenges = Table(
    "sign_in_challenges",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)


def has_second_factor() -> ColumnElement[bool]:
    """Return the SQL condition that the user in the query has a confirmed second factor."""
    return exists().where(
        second_factors.c.org_id == users.c.org_id,
        second_factors.c.user_id == users.c.id,
        second_factors.c.confirmed_at.is_not(None),
    )


ENCRYPTED = (SecretColumn(second_factors, "secret_encrypted", "user_id"),)
"""The columns that hold encrypted values."""
