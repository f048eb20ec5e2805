"""Load and set the monthly prices of phone numbers."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.rows import NumberPrice
from services.billing.storage.tables import number_prices

_SET = text("""
INSERT INTO number_prices (country, number_type, cents_per_month)
VALUES (:country, :number_type, :cents_per_month)
ON CONFLICT (country, number_type) DO UPDATE SET cents_per_month = excluded.cents_per_month
RETURNING old.cents_per_month
""")


async def list_all(connection: AsyncConnection) -> Sequence[NumberPrice]:
    """Load the prices of all phone numbers that are sold, sorted by country and type."""
    columns = (
        number_prices.c.country,
        number_prices.c.number_type,
        number_prices.c.cents_per_month,
    )
    query = select(*columns).order_by(number_prices.c.country, number_prices.c.number_type)
    return [NumberPrice(*row) for row in await connection.execute(query)]


async def replace(connection: AsyncConnection, price: NumberPrice) -> int | None:
    """Set the monthly price of a type of numbers. Returns the earlier cents, None if not sold."""
    before: int | None = await connection.scalar(_SET, asdict(price))
    return before
