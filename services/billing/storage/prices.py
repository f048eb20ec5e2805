"""Load the prices of messages to each destination country."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.rows import Price
from services.billing.storage.tables import prices

_COLUMNS = (prices.c.country, prices.c.cents_per_segment, prices.c.cents_per_mms)


async def of_countries(connection: AsyncConnection, countries: Sequence[str]) -> Sequence[Price]:
    """Load the prices of countries, in cents. Countries that can't be texted are left out."""
    query = select(*_COLUMNS).where(prices.c.country.in_(countries))
    return [Price(*row) for row in await connection.execute(query)]


async def list_all(connection: AsyncConnection) -> Sequence[Price]:
    """Load the prices of all destinations, sorted by country."""
    query = select(*_COLUMNS).order_by(prices.c.country)
    return [Price(*row) for row in await connection.execute(query)]
