"""Prices per destination country."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.rows import Price
from services.billing.storage.tables import prices


async def per_segment(connection: AsyncConnection, countries: Sequence[str]) -> dict[str, int]:
    """Load the price per segment of each country, in cents. Unserved countries are left out."""
    rows = await connection.execute(
        select(prices.c.country, prices.c.cents_per_segment).where(prices.c.country.in_(countries))
    )
    return {row.country: row.cents_per_segment for row in rows}


async def list_all(connection: AsyncConnection) -> Sequence[Price]:
    """Load the prices of all destinations, sorted by country."""
    query = select(prices.c.country, prices.c.cents_per_segment).order_by(prices.c.country)
    return [Price(*row) for row in await connection.execute(query)]
