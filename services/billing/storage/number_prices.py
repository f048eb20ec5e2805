"""Monthly prices of phone numbers."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import number_prices


async def list_all(connection: AsyncConnection) -> Sequence[RowMapping]:
    """Return country, kind and cents a month of every number that is sold, by country."""
    query = select(number_prices).order_by(number_prices.c.country, number_prices.c.number_type)
    return (await connection.execute(query)).mappings().all()
