"""Billing put together: the only place where settings become objects and objects meet."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import grpc

from servicekit.bus.streams import BILLING_STRIPE
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.jobs import Job, forget_handled
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.billing.events.stripe import StripeEvents
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.providers.stripe_api import StripeApi
from services.billing.rpc.balance import BalanceRpc
from services.billing.rpc.charges import ChargeRpc
from services.billing.rpc.checkout import CheckoutRpc
from services.billing.rpc.transactions import TransactionRpc
from services.billing.settings import BillingSettings
from services.billing.usecases.start_checkout import StartCheckout
from smsblaster.billing.v1 import (
    balance_pb2_grpc,
    charges_pb2_grpc,
    checkout_pb2_grpc,
    transactions_pb2_grpc,
)


async def serve(settings: BillingSettings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    async with open_kit("billing", settings) as kit:
        stripe_api = StripeApi(
            settings.stripe_secret_key.get_secret_value(), settings.stripe_base_url
        )
        parts = Parts(
            register=partial(_register, kit, settings, stripe_api),
            consumers=[(BILLING_STRIPE, StripeEvents(kit.database, stripe_api))],
            jobs=_jobs(kit.database),
            closers=[stripe_api.close],
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def run_job(settings: BillingSettings, name: str) -> bool:
    """Run one job by hand; False where it is running elsewhere."""
    async with open_kit("billing", settings) as kit:
        return await run_one_job(kit.database, _jobs(kit.database), name)


def _jobs(database: Database) -> Sequence[Job]:
    return [
        Job("verify-ledger", partial(verify_ledger, database), every=timedelta(minutes=5)),
        Job("forget-handled", partial(forget_handled, database)),
    ]


def _register(
    kit: Kit, settings: BillingSettings, stripe_api: StripeApi, server: grpc.aio.Server
) -> None:
    start_checkout = StartCheckout(
        kit.database, stripe_api, settings.currency, settings.public_app_url
    )
    balance_pb2_grpc.add_BalanceServiceServicer_to_server(
        BalanceRpc(kit.database, settings.currency), server
    )
    checkout_pb2_grpc.add_CheckoutServiceServicer_to_server(CheckoutRpc(start_checkout), server)
    transactions_pb2_grpc.add_TransactionServiceServicer_to_server(
        TransactionRpc(kit.database, CursorCodec(settings.token_key())), server
    )
    charges_pb2_grpc.add_ChargeServiceServicer_to_server(ChargeRpc(kit.database), server)
