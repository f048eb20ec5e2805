"""Consume ``event.*.notice``: store notices for the members of organisations."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

import structlog

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.ids import parse_id
from services.billing.storage import notifications
from services.billing.storage.notifications import Notice
from smsblaster.billing.v1 import events_pb2, notifications_pb2

log = structlog.get_logger()

_TYPES = notifications_pb2.NotificationType.DESCRIPTOR.values_by_name


class Notices:
    """Consumes the notices of all services, and stores them.

    Storing a notice twice has no effect, so the consumer needs no inbox.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Store the notices of ``batch``.

        Notices of a type that this release does not know, which a newer release sent, are skipped.
        """
        events = [events_pb2.Noticed.FromString(incoming.payload) for incoming in batch]
        known = [event for event in events if _is_known(event.type)]
        if len(known) < len(events):
            log.warning("notices_of_unknown_type", count=len(events) - len(known))
        if known:
            async with self._database.system() as connection:
                await notifications.add(connection, [_notice(event) for event in known])


def _is_known(kind: str) -> bool:
    return f"NOTIFICATION_TYPE_{kind.upper()}" in _TYPES


def _notice(event: events_pb2.Noticed) -> Notice:
    return Notice(
        UUID(event.id),
        UUID(event.org_id),
        event.type,
        event.message,
        event.entity_type,
        event.entity_id,
        parse_id(event.user_id),
        event.created_at.ToDatetime(UTC),
    )
