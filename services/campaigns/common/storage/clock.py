"""Read the database's clock, which decides what is due."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def now(connection: AsyncConnection) -> datetime:
    """Return the time at which the transaction began."""
    time: datetime = (await connection.execute(select(func.now()))).scalar_one()
    return time
