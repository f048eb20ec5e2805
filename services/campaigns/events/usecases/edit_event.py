"""Change an event."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.domain.event_drafts import require_order, require_time_zone
from services.campaigns.events.storage import events
from services.campaigns.events.support.cancel_event_messages import (
    cancel_open_messages,
    withdraw_messages,
)
from services.campaigns.events.support.load_event import current_viewer, load_event


async def edit_event(
    database: Database, dispatch: Dispatch, event_id: UUID, changes: Mapping[str, Any]
) -> RowMapping:
    """Set the columns ``changes``; one that is cancelled takes its notifications back.

    Raises ``NotFound``, ``Forbidden``, and ``InvalidInput`` for a time zone that there is not and
    for an end that is not after the beginning; ``Unavailable`` where messaging is away and texts
    wait: the event is cancelled then, and they are taken back once messaging is there.
    """
    await load_event(database, event_id, "curate")
    if "time_zone" in changes:
        require_time_zone(changes["time_zone"])
    event, cancelled = await _change(database, event_id, changes)
    await withdraw_messages(dispatch, cancelled)
    return event


async def _change(
    database: Database, event_id: UUID, changes: Mapping[str, Any]
) -> tuple[RowMapping, Sequence[UUID]]:
    """The event as it is then, and its notifications that were cancelled with it."""
    who = current_viewer()
    cancelled: Sequence[UUID] = ()
    async with database.org(who.org_id) as connection:
        row = await events.find(connection, who, event_id, lock=True)
        if row is not None:
            after = {**row, **changes}
            require_order(after["date"], after["ends_at"])
        if row is not None and changes:
            row = await events.change(connection, who, event_id, changes)
        if row is not None and changes.get("status") == "cancelled":
            cancelled = await cancel_open_messages(connection, who.org_id, event_id)
    if row is None:
        raise await events.not_found(database, who.org_id, event_id)
    return row, cancelled
