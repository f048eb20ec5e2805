"""Wire up the purchase of phone numbers and their monthly charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import grpc

from servicekit.jobs import Job
from services.messaging.accounts.domain.number_months import DefaultLimits
from services.messaging.accounts.jobs.numbers import charge_numbers, settle_number_purchases
from services.messaging.accounts.providers.number_charges import NumberCharges
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.rpc.numbers import NumberRpc
from services.messaging.accounts.support.number_limits import NumberLimits
from services.messaging.accounts.support.number_market import NumberMarket
from services.messaging.accounts.support.number_purchases import NumberPurchases
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.buy_numbers import BuyNumbers
from services.messaging.accounts.usecases.charge_numbers import ChargeNumbers, PaymentDeadlines
from services.messaging.accounts.usecases.release_number import ReleaseNumber
from services.messaging.accounts.usecases.search_numbers import SearchNumbers
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.storage import counts
from services.messaging.settings import MessagingSettings
from smsblaster.billing.v1 import number_charges_pb2_grpc
from smsblaster.messaging.v1 import numbers_pb2_grpc


@dataclass(frozen=True, slots=True)
class Numbers:
    """The objects that buy, release and charge numbers, which RPC methods and jobs use."""

    limits: NumberLimits
    search: SearchNumbers
    buy: BuyNumbers
    purchases: NumberPurchases
    release: ReleaseNumber
    months: ChargeNumbers

    @classmethod
    def build(
        cls, pipeline: Pipeline, control: TwilioControl, settings: MessagingSettings
    ) -> "Numbers":
        """Build the objects from the settings."""
        database, accounts = pipeline.kit.database, pipeline.accounts
        stub = number_charges_pb2_grpc.NumberChargeServiceStub(pipeline.billing)
        charges = NumberCharges(pipeline.kit.rpc, stub)
        release = ReleaseNumber(database, control, accounts, counts.has_running)
        defaults = DefaultLimits(settings.number_limit_unpaid, settings.number_limit_paid)
        deadlines = PaymentDeadlines(
            timedelta(days=settings.number_notice_days), timedelta(days=settings.number_grace_days)
        )
        limits = NumberLimits(database, charges, defaults)
        market = NumberMarket(control, charges)
        purchases = NumberPurchases(database, control, accounts, charges)
        pool = SenderPool(database, control, accounts)
        return cls(
            limits=limits,
            search=SearchNumbers(accounts, market),
            buy=BuyNumbers(accounts, SetupLeases(database), market, limits, purchases, pool),
            purchases=purchases,
            release=release,
            months=ChargeNumbers(database, charges, release, deadlines),
        )


def register_numbers(pipeline: Pipeline, parts: Numbers, server: grpc.aio.Server) -> None:
    """Add ``NumberService`` to the gRPC server."""
    rpc = NumberRpc(pipeline.kit.database, parts.search, parts.buy, parts.release)
    numbers_pb2_grpc.add_NumberServiceServicer_to_server(rpc, server)


def number_jobs(pipeline: Pipeline, parts: Numbers) -> Sequence[Job]:
    """Return the jobs that charge numbers and settle interrupted purchases."""
    database = pipeline.kit.database
    return [
        Job(
            "charge-numbers",
            partial(charge_numbers, database, parts.months),
            every=timedelta(hours=1),
        ),
        Job(
            "settle-number-purchases",
            partial(settle_number_purchases, database, parts.purchases),
            every=timedelta(seconds=30),
        ),
    ]
