"""The commands for operators after a restore: what the ledger and Stripe know of a time."""

import asyncio

from servicekit.command_options import parse_moment
from servicekit.db.limits import EXPORT, working_within
from servicekit.service import open_kit
from services.billing.app import stripe_api_of
from services.billing.settings import BillingSettings
from services.billing.storage import charges_since
from services.billing.usecases.find_lost_payments import FindLostPayments


async def list_charges(settings: BillingSettings, _stop: asyncio.Event, *, since: str) -> None:
    """Print the charges for messages since a time (ISO 8601, with its offset) as lines of JSON."""
    moment = parse_moment("since", since)
    async with open_kit("billing", settings) as kit:
        with working_within(EXPORT):
            async with kit.database.system() as connection:
                async for charge in charges_since.since(connection, moment):
                    print(charge.json)


async def find_lost_payments(
    settings: BillingSettings, _stop: asyncio.Event, *, since: str
) -> None:
    """Print the payments since a time that are at Stripe and not credited, as lines of JSON."""
    moment = parse_moment("since", since)
    stripe_api = stripe_api_of(settings)
    try:
        async with open_kit("billing", settings) as kit:
            for payment in await FindLostPayments(kit.database, stripe_api).since(moment):
                print(payment.json)
    finally:
        await stripe_api.close()
