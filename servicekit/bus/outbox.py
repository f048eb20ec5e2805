"""The outbox: bus events are stored in the same transaction as the change that they announce.

A relay (``bus.relay``) publishes the rows, in order. Published rows are kept for one more day, so
that they can be published again if the bus has lost its stored messages.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    insert,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import wakeups
from servicekit.telemetry import tracing

DDL = """
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY,
  subject text NOT NULL,
  payload bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz
);
CREATE INDEX ix_outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX ix_outbox_published_at ON outbox (published_at) WHERE published_at IS NOT NULL;
CREATE TABLE bus_streams (
  name text CONSTRAINT pk_bus_streams PRIMARY KEY,
  created_at timestamptz NOT NULL
);
"""
"""SQL for a service's first migration: creates the outbox and the table of known streams."""

ADD_TRACEPARENT = "ALTER TABLE outbox ADD COLUMN traceparent text"
"""SQL for a later migration: adds the trace of the work that announced an event."""

# A message of NATS has at most 1 MiB, headers included.
_MAX_PAYLOAD_BYTES = 1_000_000

WAKEUP = "outbox"
"""The name under which a commit wakes the relay (``servicekit.wakeups``)."""

_metadata = MetaData()

outbox = Table(
    "outbox",
    _metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("published_at", DateTime(timezone=True)),
    Column("traceparent", Text),
    Index("ix_outbox_unpublished", "id", postgresql_where=text("published_at IS NULL")),
)

bus_streams = Table(
    "bus_streams",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
)


class Payload(Protocol):
    """What the outbox needs of a protobuf message: its serialized bytes."""

    def SerializeToString(self) -> bytes:  # noqa: N802 (protobuf's name)
        """Return the message in the format in which it is sent."""
        ...


async def announce(connection: AsyncConnection, *events: tuple[str, Payload]) -> None:
    """Publish ``events``, each a subject and its payload, once this transaction has committed.

    Raises ``ValueError`` if an event is too large for the bus, because it would block all later
    events.
    """
    if events:
        rows: Sequence[dict[str, object]] = [_row(subject, event) for subject, event in events]
        await connection.execute(insert(outbox), rows)
        wakeups.note(connection, WAKEUP)


def _row(subject: str, event: Payload) -> dict[str, object]:
    payload = event.SerializeToString()
    if len(payload) > _MAX_PAYLOAD_BYTES:
        raise ValueError(f"an event on {subject} has {len(payload)} bytes")
    return {"subject": subject, "payload": payload, "traceparent": tracing.header()}
