"""Set when an organisation's campaigns may text people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from services.messaging.common.support.audit import audit
from services.messaging.sending.domain.quiet_hours import parse_quiet_hours
from services.messaging.sending.storage import quiet_hours
from smsblaster.messaging.v1 import events_pb2


async def set_quiet_hours(
    database: Database,
    org_id: UUID,
    enabled: bool,
    windows: Sequence[dict[str, Any]],
    default_time_zone: str,
) -> RowMapping:
    """Set the windows; whoever waits already follows the new ones. Raises ``InvalidInput``."""
    parse_quiet_hours(enabled, windows, default_time_zone)
    async with database.org(org_id) as connection:
        await quiet_hours.lock_senders_out(connection, org_id)
        row = await quiet_hours.put(connection, org_id, enabled, windows, default_time_zone)
        await quiet_hours.hasten(connection, org_id)
        await audit(connection, "quiet_hours_changed", "quiet_hours", str(org_id), enabled=enabled)
        changed = events_pb2.QuietHoursChanged(org_id=str(org_id))
        await announce(connection, (subjects.QUIET_HOURS_CHANGED, changed))
    return row
