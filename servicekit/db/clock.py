"""The database's clock. Stored times are compared with no other clock."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def now(connection: AsyncConnection) -> datetime:
    """Return the time at which the transaction of ``connection`` began."""
    time: datetime = (await connection.execute(select(func.now()))).scalar_one()
    return time
