"""Read, set and remove the hold of all sending.

The claims in ``transitions.py`` claim nothing while the row exists.
"""

from sqlalchemy import Boolean, Column, DateTime, Table, Text, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import metadata
from services.messaging.sending.domain.sending_hold import SendingHold

sending_hold = Table(
    "sending_hold",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
)

# The time of the hold is nobody's delay, so it must not count as time that messages have waited.
_NEW_TURN = text("UPDATE send_limits SET refilled_at = clock_timestamp()")


async def find(connection: AsyncConnection) -> SendingHold | None:
    """Return the hold of all sending, or None if sending is not held."""
    query = select(sending_hold.c.since, sending_hold.c.reason)
    row = (await connection.execute(query)).first()
    return SendingHold(*row) if row else None


async def hold(connection: AsyncConnection, reason: str) -> None:
    """Hold all sending. If it is held already, only the reason changes."""
    await connection.execute(
        insert(sending_hold)
        .values(only_row=True, reason=reason)
        .on_conflict_do_update(index_elements=[sending_hold.c.only_row], set_={"reason": reason})
    )


async def release(connection: AsyncConnection) -> bool:
    """Remove the hold. Returns False if there was none."""
    released = bool((await connection.execute(delete(sending_hold))).rowcount)
    if released:
        await connection.execute(_NEW_TURN)
    return released
