"""Wire up the upkeep of Twilio accounts: balance, API keys, auth tokens, suspension, lookups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial

import grpc

from servicekit.cursors import CursorCodec
from servicekit.jobs import Job
from services.messaging.accounts.jobs import rotations
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.rpc.admin_accounts import AdminSubaccountRpc
from services.messaging.accounts.storage import unreadable
from services.messaging.accounts.support.number_limits import NumberLimits
from services.messaging.accounts.usecases.check_credentials import CheckCredentials
from services.messaging.accounts.usecases.get_balance import GetBalance
from services.messaging.accounts.usecases.rotate_keys import RotateKeys
from services.messaging.accounts.usecases.rotate_token import RotateToken
from services.messaging.accounts.usecases.set_number_limit import SetNumberLimit
from services.messaging.accounts.usecases.suspend_subaccount import SuspendSubaccount
from services.messaging.common.providers.twilio_sdk import MasterAccount
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.jobs import sweepers
from services.messaging.sending.rpc.lookup import LookupRpc
from services.messaging.sending.support.lookup_charges import LookupCharges
from services.messaging.sending.usecases.look_up_number import LookUpNumber
from services.messaging.settings import MessagingSettings
from smsblaster.messaging.v1 import admin_accounts_pb2_grpc, lookup_pb2_grpc


@dataclass(frozen=True, slots=True)
class AccountCare:
    """The objects for the upkeep of accounts, which RPC methods and jobs use.

    Attributes:
        grace: The age at which a secondary auth token is promoted.
        key_age: The age at which an API key is replaced.
    """

    twilio: TwilioAccounts
    get_balance: GetBalance
    tokens: RotateToken
    keys: RotateKeys
    suspend: SuspendSubaccount
    look_up: LookUpNumber
    grace: timedelta
    key_age: timedelta

    @classmethod
    def build(cls, pipeline: Pipeline, settings: MessagingSettings) -> "AccountCare":
        """Build the objects from the settings."""
        database, accounts = pipeline.kit.database, pipeline.accounts
        twilio = TwilioAccounts(master_of(settings))
        charges = LookupCharges(pipeline.charges, settings.lookup_price_cents)
        return cls(
            twilio=twilio,
            get_balance=GetBalance(database, twilio, accounts, settings.balance_max_age_seconds),
            tokens=RotateToken(database, twilio, accounts),
            keys=RotateKeys(database, twilio, accounts),
            suspend=SuspendSubaccount(database, twilio, accounts),
            look_up=LookUpNumber(database, twilio, accounts, charges),
            grace=timedelta(seconds=settings.rotation_grace_seconds),
            key_age=timedelta(days=settings.key_max_age_days),
        )


def master_of(settings: MessagingSettings) -> MasterAccount:
    """Return the platform's own account at Twilio."""
    return MasterAccount(
        settings.twilio_base_url,
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
    )


def register_account_care(
    pipeline: Pipeline, care: AccountCare, limits: NumberLimits, server: grpc.aio.Server
) -> None:
    """Add ``AdminSubaccountService`` and ``LookupService`` to the gRPC server."""
    database, cursors = pipeline.kit.database, CursorCodec(pipeline.settings.token_key())
    admin_accounts_pb2_grpc.add_AdminSubaccountServiceServicer_to_server(
        AdminSubaccountRpc(
            database, care.suspend, limits, SetNumberLimit(database, limits), cursors
        ),
        server,
    )
    lookup_pb2_grpc.add_LookupServiceServicer_to_server(LookupRpc(care.look_up), server)


def account_jobs(pipeline: Pipeline, care: AccountCare) -> Sequence[Job]:
    """Return the jobs for accounts and lookups."""
    database = pipeline.kit.database
    return [
        Job(
            "rotate-keys",
            partial(rotations.rotate_keys, database, care.keys, care.key_age),
            at=time(hour=3, minute=40),
        ),
        Job(
            "issue-first-keys",
            partial(rotations.issue_first_keys, database, care.keys),
            every=timedelta(seconds=20),
        ),
        Job(
            "finish-rotations",
            rotations.FinishRotations(database, care.keys, care.tokens, care.grace).run,
            every=timedelta(seconds=10),
        ),
        Job(
            "check-credentials",
            CheckCredentials(database, pipeline.accounts).check,
            every=timedelta(seconds=5),
            has_work=unreadable.HAS_RECORDED,
        ),
        Job(
            "give-up-lookups",
            partial(sweepers.give_up_lookups, database, care.look_up),
            every=timedelta(seconds=30),
        ),
    ]
