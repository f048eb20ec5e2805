"""The inbox: makes a consumer handle each message once, even if the bus delivers it several times.

The inbox row is written in the same transaction as the message's effect, so that both are stored or
neither is.
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
"""SQL for a service's first migration: creates the inbox table."""

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
    """Mark ``ids`` as handled by ``consumer``; return those that it had not handled before."""
    rows = await connection.execute(_CLAIM, {"consumer": consumer, "ids": sorted(set(ids))})
    return set(rows.scalars())


OLD = OldRows("inbox", "consumer || '/' || message_id", "handled_at < now() - interval '40 days'")
"""Inbox rows that can be deleted: providers repeat webhooks for at most 30 days."""
