"""Wire up the gRPC services for subaccounts and messaging services."""

import grpc

from services.messaging.accounts.providers.twilio_control import Callbacks, TwilioControl
from services.messaging.accounts.rpc.accounts import SubaccountRpc
from services.messaging.accounts.rpc.services import MessagingServiceRpc
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.add_number_to_service import AddNumberToService
from services.messaging.accounts.usecases.create_messaging_service import CreateMessagingService
from services.messaging.accounts.usecases.create_subaccount import CreateSubaccount
from services.messaging.accounts.usecases.prepare_test_account import PrepareTestAccount
from services.messaging.accounts.usecases.update_messaging_service import UpdateMessagingService
from services.messaging.parts.account_care import AccountCare
from services.messaging.parts.pipeline import Pipeline
from smsblaster.messaging.v1 import (
    accounts_pb2_grpc,
    services_pb2_grpc,
)


def register_accounts(
    pipeline: Pipeline, control: TwilioControl, care: AccountCare, server: grpc.aio.Server
) -> None:
    """Add ``SubaccountService`` and ``MessagingServiceService`` to the gRPC server."""
    database, accounts = pipeline.kit.database, pipeline.accounts
    webhooks = f"{pipeline.settings.public_webhooks_url}/api/webhooks"
    callbacks = Callbacks(f"{webhooks}/twilio-status", f"{webhooks}/twilio-incoming")
    leases = SetupLeases(database)
    pool = SenderPool(database, control, accounts)
    accounts_pb2_grpc.add_SubaccountServiceServicer_to_server(
        SubaccountRpc(
            database,
            CreateSubaccount(database, control, accounts, leases),
            accounts,
            care.get_balance,
            care.tokens,
            PrepareTestAccount(database),
            care.grace,
        ),
        server,
    )
    services_pb2_grpc.add_MessagingServiceServiceServicer_to_server(
        MessagingServiceRpc(
            database,
            CreateMessagingService(database, control, accounts, leases, callbacks, pool),
            AddNumberToService(database, pool),
            UpdateMessagingService(database, control, accounts, leases),
        ),
        server,
    )
