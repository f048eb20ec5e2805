"""The inbox: a consumer handles a message once, however often the bus delivers it.

The row is written in the transaction of the effect, so that either both exist or neither.
"""

from collections.abc import Iterable

from sqlalchemy import Column, DateTime, MetaData, Table, Text, func, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows

DDL = """
CREATE TABLE inbox (
  consumer text NOT NULL,
  message_id text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_inbox PRIMARY KEY (consumer, message_id)
);
CREATE INDEX ix_inbox_handled_at ON inbox (handled_at);
"""
"""For a service's first migration."""

inbox = Table(
    "inbox",
    MetaData(),
    Column("consumer", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Sorted, so that two transactions with the same ids wait for each other and never deadlock.
_CLAIM = text(
    "INSERT INTO inbox (consumer, message_id)"
    " SELECT :consumer, id FROM unnest(CAST(:ids AS text[])) AS id ORDER BY id"
    " ON CONFLICT DO NOTHING RETURNING message_id"
)


async def claim(connection: AsyncConnection, consumer: str, ids: Iterable[str]) -> set[str]:
    """Return the ``ids`` that ``consumer`` has not handled yet, and mark them as handled."""
    rows = await connection.execute(_CLAIM, {"consumer": consumer, "ids": sorted(set(ids))})
    return set(rows.scalars())


OLD = OldRows("inbox", "consumer || '/' || message_id", "handled_at < now() - interval '40 days'")
"""Rows that no repeat can need, because providers repeat a webhook for at most 30 days."""
