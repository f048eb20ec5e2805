"""Build the billing service from its settings. Only this module connects its parts."""

import asyncio
from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial

import grpc

from servicekit.bus.streams import (
    BILLING_MEMBERS,
    BILLING_NOTICES,
    BILLING_STRIPE,
    BILLING_WEBHOOKS,
)
from servicekit.command_options import parse_moment
from servicekit.cursors import CursorCodec
from servicekit.customer_events import WebhookSubscriptions
from servicekit.db.database import Database
from servicekit.db.limits import EXPORT, working_within
from servicekit.db.org_export import ExportOrgRows
from servicekit.jobs import Job, delete_handled
from servicekit.mail import Mailer
from servicekit.rpc.stored_data import serve_organisations
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.billing.events.member_removed import MembersRemoved
from services.billing.events.notices import Notices
from services.billing.events.stripe import StripeEvents
from services.billing.jobs.alert_low_balances import alert_low_balances
from services.billing.jobs.delete_old_notifications import delete_old_notifications
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.providers.stripe_api import StripeApi
from services.billing.rpc.adjustments import AdjustmentRpc
from services.billing.rpc.admin_balances import AdminBalanceRpc
from services.billing.rpc.admin_prices import AdminPriceRpc
from services.billing.rpc.automatic_top_ups import AutomaticTopUpRpc
from services.billing.rpc.balance import BalanceRpc
from services.billing.rpc.charges import ChargeRpc
from services.billing.rpc.checkout import CheckoutRpc
from services.billing.rpc.ledger_check import LedgerCheckRpc
from services.billing.rpc.notifications import NotificationRpc
from services.billing.rpc.number_charges import NumberChargeRpc
from services.billing.rpc.payers import PayerRpc
from services.billing.rpc.prices import PriceRpc
from services.billing.rpc.settings import BillingSettingsRpc
from services.billing.rpc.transactions import TransactionRpc
from services.billing.rpc.transfers import TransferRpc
from services.billing.settings import BillingSettings
from services.billing.storage import charges_since
from services.billing.storage.open_topups import HAS_DUE
from services.billing.storage.org_tables import EXPORTED
from services.billing.storage.overdue import MAKE_DUE
from services.billing.usecases.adjust_balance import AdjustBalance
from services.billing.usecases.alert_about_numbers import AlertAboutNumbers
from services.billing.usecases.alert_low_balances import AlertLowBalances
from services.billing.usecases.change_settings import ChangeSettings
from services.billing.usecases.charge_messages import ChargeMessages
from services.billing.usecases.charge_number import ChargeNumber
from services.billing.usecases.delete_organisation import DeleteOrganisation
from services.billing.usecases.find_lost_payments import FindLostPayments
from services.billing.usecases.read_notifications import ReadNotifications
from services.billing.usecases.refund_messages import RefundMessages
from services.billing.usecases.send_alerts import SendAlerts
from services.billing.usecases.send_test_alert import SendTestAlert
from services.billing.usecases.set_number_price import SetNumberPrice
from services.billing.usecases.set_price import SetPrice
from services.billing.usecases.set_up_automatic_topups import SetUpAutomaticTopups
from services.billing.usecases.settle_payment import SettlePayment
from services.billing.usecases.start_checkout import StartCheckout
from services.billing.usecases.top_up_automatically import TopUpAutomatically
from services.billing.usecases.transfer_balance import TransferBalance
from smsblaster.billing.v1 import (
    adjustments_pb2_grpc,
    admin_prices_pb2_grpc,
    automatic_top_ups_pb2_grpc,
    balance_pb2_grpc,
    charges_pb2_grpc,
    checkout_pb2_grpc,
    ledger_check_pb2_grpc,
    notifications_pb2_grpc,
    number_charges_pb2_grpc,
    payers_pb2_grpc,
    prices_pb2_grpc,
    settings_pb2_grpc,
    transactions_pb2_grpc,
    transfers_pb2_grpc,
)


async def serve(settings: BillingSettings, stop: asyncio.Event) -> None:
    """Run the billing service until ``stop`` is set."""
    async with open_kit("billing", settings) as kit:
        stripe_api = _stripe_api(settings)
        events = StripeEvents(SettlePayment(kit.database, stripe_api))
        members = MembersRemoved(SetUpAutomaticTopups(kit.database, stripe_api))
        mailer = _mailer(settings)
        parts = Parts(
            register=partial(_register, kit, settings, stripe_api, mailer),
            consumers=[
                (BILLING_STRIPE, events.handle),
                (BILLING_MEMBERS, members.handle),
                (BILLING_NOTICES, Notices(kit.database).handle),
                (BILLING_WEBHOOKS, WebhookSubscriptions(kit.database).handle),
            ],
            jobs=_jobs(kit.database, settings, mailer, stripe_api, by_hand=False),
            closers=[stripe_api.close, mailer.close],
            make_due=MAKE_DUE,
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def run_job(settings: BillingSettings, name: str) -> bool:
    """Run one job by hand. Returns False if another process is running it."""
    async with open_kit("billing", settings) as kit:
        mailer, stripe_api = _mailer(settings), _stripe_api(settings)
        try:
            jobs = _jobs(kit.database, settings, mailer, stripe_api, by_hand=True)
            return await run_one_job(kit.database, jobs, name)
        finally:
            await mailer.close()
            await stripe_api.close()


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
    stripe_api = _stripe_api(settings)
    try:
        async with open_kit("billing", settings) as kit:
            for payment in await FindLostPayments(kit.database, stripe_api).since(moment):
                print(payment.json)
    finally:
        await stripe_api.close()


def _mailer(settings: BillingSettings) -> Mailer:
    return Mailer(
        settings.postmark_base_url,
        settings.postmark_server_token.get_secret_value(),
        settings.postmark_from,
        settings.postmark_templates,
    )


def _stripe_api(settings: BillingSettings) -> StripeApi:
    return StripeApi(settings.stripe_secret_key.get_secret_value(), settings.stripe_base_url)


def _jobs(
    database: Database,
    settings: BillingSettings,
    mailer: Mailer,
    stripe_api: StripeApi,
    *,
    by_hand: bool,
) -> Sequence[Job]:
    send = SendAlerts(database, mailer, settings.public_app_url)
    top_up = TopUpAutomatically(database, stripe_api, settings.currency)
    return [
        Job(
            "verify-ledger",
            partial(verify_ledger, database, by_hand=by_hand),
            every=timedelta(minutes=5),
        ),
        Job(
            "alert-low-balances",
            partial(alert_low_balances, AlertLowBalances(database, settings.currency), send),
            at=time(9),
        ),
        Job("send-notifications", send.send_due, every=timedelta(minutes=1)),
        Job(
            "top-up-automatically",
            top_up.top_up_due,
            every=timedelta(seconds=1),
            has_work=HAS_DUE,
        ),
        Job("forget-handled", partial(delete_handled, database, "billing")),
        Job("forget-notifications", partial(delete_old_notifications, database), at=time(3)),
    ]


def _register(
    kit: Kit,
    settings: BillingSettings,
    stripe_api: StripeApi,
    mailer: Mailer,
    server: grpc.aio.Server,
) -> None:
    database, cursors = kit.database, CursorCodec(settings.token_key())
    balance_pb2_grpc.add_BalanceServiceServicer_to_server(
        BalanceRpc(database, settings.currency), server
    )
    transactions_pb2_grpc.add_TransactionServiceServicer_to_server(
        TransactionRpc(database, cursors), server
    )
    charges_pb2_grpc.add_ChargeServiceServicer_to_server(
        ChargeRpc(database, ChargeMessages(database), RefundMessages(database)), server
    )
    number_charges_pb2_grpc.add_NumberChargeServiceServicer_to_server(
        NumberChargeRpc(
            database, ChargeNumber(database), AlertAboutNumbers(database, settings.currency)
        ),
        server,
    )
    payers_pb2_grpc.add_PayerServiceServicer_to_server(PayerRpc(database), server)
    transfers_pb2_grpc.add_TransferServiceServicer_to_server(
        TransferRpc(TransferBalance(database)), server
    )
    prices_pb2_grpc.add_PriceServiceServicer_to_server(
        PriceRpc(database, settings.currency), server
    )
    _register_for_operators(database, settings.currency, cursors, server)
    export = ExportOrgRows(database, EXPORTED)
    serve_organisations(server, DeleteOrganisation(database), export)
    _register_settings(database, settings, mailer, server)
    _register_topups(database, settings, stripe_api, server)
    notifications_pb2_grpc.add_NotificationServiceServicer_to_server(
        NotificationRpc(database, cursors, ReadNotifications(database)), server
    )


def _register_settings(
    database: Database, settings: BillingSettings, mailer: Mailer, server: grpc.aio.Server
) -> None:
    test_alert = SendTestAlert(database, mailer, settings.currency, settings.public_app_url)
    settings_pb2_grpc.add_BillingSettingsServiceServicer_to_server(
        BillingSettingsRpc(database, ChangeSettings(database), test_alert), server
    )


def _register_topups(
    database: Database, settings: BillingSettings, stripe_api: StripeApi, server: grpc.aio.Server
) -> None:
    start_checkout = StartCheckout(database, stripe_api, settings.currency, settings.public_app_url)
    checkout_pb2_grpc.add_CheckoutServiceServicer_to_server(
        CheckoutRpc(database, start_checkout), server
    )
    automatic_top_ups_pb2_grpc.add_AutomaticTopUpServiceServicer_to_server(
        AutomaticTopUpRpc(database, SetUpAutomaticTopups(database, stripe_api)), server
    )


def _register_for_operators(
    database: Database, currency: str, cursors: CursorCodec, server: grpc.aio.Server
) -> None:
    adjustments_pb2_grpc.add_AdjustmentServiceServicer_to_server(
        AdjustmentRpc(AdjustBalance(database)), server
    )
    adjustments_pb2_grpc.add_AdminBalanceServiceServicer_to_server(
        AdminBalanceRpc(database, currency), server
    )
    admin_prices_pb2_grpc.add_AdminPriceServiceServicer_to_server(
        AdminPriceRpc(SetPrice(database), SetNumberPrice(database)), server
    )
    ledger_check_pb2_grpc.add_LedgerCheckServiceServicer_to_server(
        LedgerCheckRpc(database, cursors), server
    )
