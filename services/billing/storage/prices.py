"""Load and set the prices of messages to each destination country."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.rows import Price
from services.billing.storage.tables import prices

_SET = text("""
INSERT INTO prices (country, cents_per_segment, cents_per_mms)
VALUES (:country, :cents_per_segment, :cents_per_mms)
ON CONFLICT (country) DO UPDATE SET cents_per_segment = excluded.cents_per_segment,
  cents_per_mms = excluded.cents_per_mms
RETURNING old.country, old.cents_per_segment, old.cents_per_mms
""")

_COLUMNS = (prices.c.country, prices.c.cents_per_segment, prices.c.cents_per_mms)


async def of_countries(connection: AsyncConnection, countries: Sequence[str]) -> Sequence[Price]:
    """Load the prices of countries, in cents. Countries that can't be texted are left out."""
    query = select(*_COLUMNS).where(prices.c.country.in_(countries))
    return [Price(*row) for row in await connection.execute(query)]


async def list_all(connection: AsyncConnection) -> Sequence[Price]:
    """Load the prices of all destinations, sorted by country."""
    query = select(*_COLUMNS).order_by(prices.c.country)
    return [Price(*row) for row in await connection.execute(query)]


async def replace(connection: AsyncConnection, price: Price) -> Price | None:
    """Set the prices of a country. Returns the earlier ones, or None if it had none."""
    before = (await connection.execute(_SET, asdict(price))).one()
    return None if before.country is None else Price(*before)
