"""Prices per destination."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import prices


async def per_segment(connection: AsyncConnection, countries: Sequence[str]) -> dict[str, int]:
    """Cents per segment by country; a country that is not served is absent."""
    rows = await connection.execute(
        select(prices.c.country, prices.c.cents_per_segment).where(prices.c.country.in_(countries))
    )
    return {row.country: row.cents_per_segment for row in rows}


async def list_all(connection: AsyncConnection) -> Sequence[RowMapping]:
    """Country and cents per segment of every destination that is served, by country."""
    query = select(prices.c.country, prices.c.cents_per_segment).order_by(prices.c.country)
    return (await connection.execute(query)).mappings().all()
