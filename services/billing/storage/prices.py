"""Prices per destination."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import prices


async def per_segment(connection: AsyncConnection, countries: Sequence[str]) -> dict[str, int]:
    """Cents per segment by country; a country that is not served is absent."""
    rows = await connection.execute(
        select(prices.c.country, prices.c.cents_per_segment).where(prices.c.country.in_(countries))
    )
    return {row.country: row.cents_per_segment for row in rows}
