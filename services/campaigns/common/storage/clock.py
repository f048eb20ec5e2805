"""The database's clock, which decides what is due."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def now(connection: AsyncConnection) -> datetime:
    """The time at which this transaction began."""
    time: datetime = (await connection.execute(select(func.now()))).scalar_one()
    return time
