"""Tell customers' webhook endpoints what happened, in the same transaction as the change.

Most organisations have no endpoint. So each service stores which organisations have endpoints for
which types of events (the webhooks service announces that), and publishes nothing for the others.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.ids import new_id
from smsblaster.webhooks.v1.customer_events_pb2 import (
    CustomerEvent,
    CustomerEvents,
    WebhookSubscription,
)

DDL = """
CREATE TABLE webhook_subscribers (
  org_id uuid CONSTRAINT pk_webhook_subscribers PRIMARY KEY,
  types text[] NOT NULL,
  all_types boolean NOT NULL,
  version bigint NOT NULL
);
"""
"""SQL for a migration of each service that publishes customer events: creates a table."""

_WANTED = text("""
SELECT org_id, types, all_types FROM webhook_subscribers
WHERE org_id = ANY(CAST(:org_ids AS uuid[]))
""")

# Bus events may arrive in any order, and repeatedly.
_STORE = text("""
INSERT INTO webhook_subscribers AS known (org_id, types, all_types, version)
SELECT CAST(:org_id AS uuid), CAST(:types AS text[]), :all_types, :version
ON CONFLICT (org_id) DO UPDATE
SET types = excluded.types, all_types = excluded.all_types, version = excluded.version
WHERE excluded.version > known.version
""")

# The limit of a bus message is a million bytes, and large messages are slow.
_MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The types of events that the endpoints of an organisation subscribe to."""

    types: Set[str]
    all_types: bool

    def has(self, type_: str) -> bool:
        """Tell whether any endpoint subscribes to events of `type_`."""
        return self.all_types or type_ in self.types


@dataclass(frozen=True, slots=True)
class Happened:
    """An event to send to an organisation's endpoints.

    Attributes:
        type: A type of event that endpoints can choose, such as ``message.delivered``.
        data: The changed object after the change, in the API's JSON.
        at: When it happened. None: now.
    """

    org_id: UUID
    type: str
    data: Message
    at: datetime | None = None


async def wanted_by(
    connection: AsyncConnection, org_ids: Set[UUID] | Sequence[UUID]
) -> Mapping[UUID, Wanted]:
    """Return the types of events that each organisation's endpoints subscribe to.

    Organisations without endpoints are left out.
    """
    rows = await connection.execute(_WANTED, {"org_ids": list(org_ids)})
    return {
        row.org_id: Wanted(frozenset(row.types), row.all_types)
        for row in rows
        if row.types or row.all_types
    }


async def wants(connection: AsyncConnection, org_id: UUID, type_: str) -> bool:
    """Tell whether the organisation has an endpoint that subscribes to events of `type_`."""
    found = (await wanted_by(connection, [org_id])).get(org_id)
    return found is not None and found.has(type_)


async def tell(connection: AsyncConnection, service: str, happened: Sequence[Happened]) -> None:
    """Publish events once this transaction has committed.

    Call this only for events that an endpoint subscribes to (`wants`, `wanted_by`).
    """
    subject = subjects.customer_events(service)
    events = [_event(each) for each in happened]
    await announce(connection, *((subject, batch) for batch in _batches(events)))


class WebhookSubscriptions:
    """Consumes ``event.webhooks.subscribed``: stores which types endpoints subscribe to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Store which types of events the organisations' endpoints subscribe to."""
        told = [WebhookSubscription.FromString(incoming.payload) for incoming in batch]
        async with self._database.system() as connection:
            for each in sorted(told, key=lambda subscription: subscription.org_id):
                values = {"types": list(each.types), "all_types": each.all_types}
                ids = {"org_id": UUID(each.org_id), "version": each.version}
                await connection.execute(_STORE, {**values, **ids})


def _event(happened: Happened) -> CustomerEvent:
    event = CustomerEvent(id=str(new_id()), org_id=str(happened.org_id), type=happened.type)
    event.occurred_at.FromDatetime(happened.at or datetime.now(UTC))
    event.data.Pack(happened.data)
    return event


def _batches(events: Sequence[CustomerEvent]) -> Iterator[CustomerEvents]:
    batch, size = CustomerEvents(), 0
    for event in events:
        more = event.ByteSize()
        if batch.events and size + more > _MOST_BYTES:
            yield batch
            batch, size = CustomerEvents(), 0
        batch.events.append(event)
        size += more
    if batch.events:
        yield batch
