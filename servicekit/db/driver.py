"""Get the driver's own connection, because only the driver can do a COPY."""

from typing import Any

from psycopg import AsyncConnection as DriverConnection
from sqlalchemy.ext.asyncio import AsyncConnection


async def driver_of(connection: AsyncConnection) -> DriverConnection[Any]:
    """Return the psycopg connection under ``connection``, within the same transaction."""
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, DriverConnection):
        raise TypeError(f"COPY needs psycopg, and this is {type(driver).__name__}")
    return driver
