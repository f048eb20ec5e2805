"""Find how many mails wait to be sent."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.waiting import MOST, Waiting

_WAITING = text("""
SELECT count(*) AS items,
  coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS oldest
FROM (
  SELECT created_at FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL
  ORDER BY due_at LIMIT :most
) AS waiting
""").bindparams(most=MOST)


async def waiting(connection: AsyncConnection) -> Waiting:
    """Count the mails that are not sent yet, of all organisations."""
    row = (await connection.execute(_WAITING)).one()
    return Waiting(row.items, float(row.oldest))
