"""Load the monthly prices of phone numbers."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.rows import NumberPrice
from services.billing.storage.tables import number_prices


async def list_all(connection: AsyncConnection) -> Sequence[NumberPrice]:
    """Load the prices of all phone numbers that are sold, sorted by country and type."""
    columns = (
        number_prices.c.country,
        number_prices.c.number_type,
        number_prices.c.cents_per_month,
    )
    query = select(*columns).order_by(number_prices.c.country, number_prices.c.number_type)
    return [NumberPrice(*row) for row in await connection.execute(query)]
