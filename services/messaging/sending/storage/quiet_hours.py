"""Sending windows, and messages that were claimed outside of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from services.messaging.sending.domain.quiet_hours import (
    QuietHours,
    WrittenWindow,
    parse_quiet_hours,
)
from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.quiet_hours_tables import quiet_hours
from smsblaster.messaging.v1 import events_pb2

# The bucket of the organisation's rate. Every claim locks it first.
_LOCK_OUT = text("SELECT FROM send_limits WHERE org_id = :org_id FOR UPDATE")

# Held messages, whose time is infinite, are left out.
_ADVANCE = text("""
UPDATE sms_messages SET next_step_at = now()
WHERE org_id = :org_id AND status = 'pending' AND charged AND campaign_id IS NOT NULL
  AND next_step_at > now() AND next_step_at < 'infinity'
""")


@dataclass(frozen=True, slots=True)
class WrittenHours:
    """Sending windows as users wrote them.

    `domain/quiet_hours.py` explains the form of a window. The version is 0 for windows that are not
    stored.
    """

    enabled: bool = False
    windows: Sequence[WrittenWindow] = ()
    default_time_zone: str = "UTC"
    version: int = 0


_COLUMNS = (
    quiet_hours.c.enabled,
    quiet_hours.c.windows,
    quiet_hours.c.default_time_zone,
    quiet_hours.c.version,
)


async def find(connection: AsyncConnection, org_id: UUID) -> WrittenHours:
    """Return the organisation's sending windows as users wrote them. Empty if none were set."""
    query = select(*_COLUMNS).where(quiet_hours.c.org_id == org_id)
    row = (await connection.execute(query)).first()
    return WrittenHours(*row) if row else WrittenHours()


async def of_org(connection: AsyncConnection, org_id: UUID) -> QuietHours:
    """Return the organisation's sending windows. They are disabled if none were set."""
    written = await find(connection, org_id)
    if not written.enabled:
        return QuietHours()
    return parse_quiet_hours(written.enabled, written.windows, written.default_time_zone)


async def lock_senders_out(connection: AsyncConnection, org_id: UUID) -> None:
    """Prevent claims of the organisation's messages until this transaction ends.

    When this returns, sender processes that read the old windows have committed what they deferred.
    """
    await connection.execute(_LOCK_OUT, {"org_id": org_id})


async def lock(connection: AsyncConnection, org_id: UUID) -> Versions:
    """Lock the organisation's windows and return their versions."""
    return await settings_rows.lock(connection, quiet_hours, org_id)


async def put(connection: AsyncConnection, org_id: UUID, written: WrittenHours) -> WrittenHours:
    """Set the organisation's windows and return them as stored."""
    values = {
        "enabled": written.enabled,
        "windows": written.windows,
        "default_time_zone": written.default_time_zone,
    }
    rows = await connection.execute(
        insert(quiet_hours)
        .values(org_id=org_id, column_versions=dict.fromkeys(values, 1), **values)
        .on_conflict_do_update(
            index_elements=[quiet_hours.c.org_id], set_={**values, "updated_at": func.now()}
        )
        .returning(*_COLUMNS)
    )
    return WrittenHours(*rows.one())


async def announce_changed(connection: AsyncConnection, org_id: UUID) -> None:
    """Tell the campaigns service that the sending windows have changed."""
    changed = events_pb2.QuietHoursChanged(org_id=str(org_id))
    await announce(connection, (subjects.QUIET_HOURS_CHANGED, changed))


async def defer(connection: AsyncConnection, org_id: UUID, early: Mapping[UUID, datetime]) -> None:
    """Defer claimed messages, each until its time in `early`, and undo their claims.

    This happens in the transaction of the claim, so that no crash leaves the messages claimed.
    """
    await connection.execute(
        transitions.DEFER, {"org_id": org_id, "ids": list(early), "times": list(early.values())}
    )


async def advance(connection: AsyncConnection, org_id: UUID) -> None:
    """Make deferred messages due now, because the sending windows have changed.

    A sender that claims one checks it against the new windows, and may defer it again.
    """
    await connection.execute(_ADVANCE, {"org_id": org_id})
