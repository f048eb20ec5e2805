"""What sets up accounts and messaging services at Twilio, put together."""

import grpc

from services.messaging.accounts.providers.twilio_control import Callbacks, TwilioControl
from services.messaging.accounts.rpc.accounts import SubaccountRpc
from services.messaging.accounts.rpc.services import MessagingServiceRpc
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.add_number import AddNumber
from services.messaging.accounts.usecases.create_messaging_service import CreateMessagingService
from services.messaging.accounts.usecases.create_subaccount import CreateSubaccount
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
    """Add what serves them to ``server``."""
    database, accounts = pipeline.kit.database, pipeline.accounts
    webhooks = f"{pipeline.settings.public_webhooks_url}/api/webhooks"
    callbacks = Callbacks(f"{webhooks}/twilio-status", f"{webhooks}/twilio-incoming")
    leases = SetupLeases(database)
    accounts_pb2_grpc.add_SubaccountServiceServicer_to_server(
        SubaccountRpc(
            database,
            CreateSubaccount(database, control, accounts, leases),
            accounts,
            care.balance,
            care.tokens,
            care.grace,
        ),
        server,
    )
    services_pb2_grpc.add_MessagingServiceServiceServicer_to_server(
        MessagingServiceRpc(
            database,
            CreateMessagingService(database, control, accounts, leases, callbacks),
            AddNumber(database, control, accounts),
            UpdateMessagingService(database, control, accounts),
        ),
        server,
    )
