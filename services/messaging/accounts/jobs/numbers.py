"""The jobs for numbers: charge their monthly price, and settle interrupted purchases."""

from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.accounts.storage import number_months, number_purchases
from services.messaging.accounts.support.number_purchases import NumberPurchases
from services.messaging.accounts.usecases.charge_numbers import ChargeNumbers


async def charge_numbers(database: Database, charge: ChargeNumbers) -> None:
    """Charge the phone numbers of each organisation, and handle those that are not paid."""
    async with database.system() as connection:
        org_ids = await number_months.orgs_with_due_numbers(connection, charge.deadlines.notice)
    async with JobItems(database, "messaging", "charge-numbers").turn() as turn:
        for org_id in org_ids:
            await turn.attempt(Item.org(org_id), partial(charge.charge, org_id))


async def settle_number_purchases(database: Database, purchases: NumberPurchases) -> None:
    """Record or refund interrupted purchases, those whose claim has expired."""
    async with database.system() as connection:
        found = await number_purchases.abandoned(connection)
    async with JobItems(database, "messaging", "settle-number-purchases").turn() as turn:
        for purchase in found:
            item = Item(str(purchase.id), purchase.org_id)
            await turn.attempt(item, partial(purchases.settle, purchase))
