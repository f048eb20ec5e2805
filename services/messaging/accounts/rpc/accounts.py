"""The gRPC service ``SubaccountService``: an organisation's account at Twilio."""

from dataclasses import asdict
from datetime import timedelta

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.support.credentials import SendingAccounts, no_subaccount
from services.messaging.accounts.usecases.create_subaccount import CreateSubaccount
from services.messaging.accounts.usecases.get_balance import GetBalance
from services.messaging.accounts.usecases.prepare_test_account import PrepareTestAccount
from services.messaging.accounts.usecases.rotate_token import RotateToken
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc


class SubaccountRpc(accounts_pb2_grpc.SubaccountServiceServicer):
    """Serves subaccounts.

    ``grace``: how old a secondary auth token must be to become the primary one.
    """

    def __init__(
        self,
        database: Database,
        create_subaccount: CreateSubaccount,
        accounts: SendingAccounts,
        get_balance: GetBalance,
        rotate_token: RotateToken,
        prepare_test: PrepareTestAccount,
        grace: timedelta,
    ) -> None:
        self._database = database
        self._create_subaccount = create_subaccount
        self._accounts = accounts
        self._get_balance = get_balance
        self._rotate_token = rotate_token
        self._prepare_test = prepare_test
        self._grace = grace

    async def CreateSubaccount(
        self, request: accounts_pb2.CreateSubaccountRequest, context: Context
    ) -> accounts_pb2.Subaccount:
        """Create the organisation's subaccount, or return the existing one."""
        caller = identity.current()
        account = await self._create_subaccount.create(caller.require_org(), caller.org_name)
        return fill(accounts_pb2.Subaccount(), account)

    async def GetSubaccount(
        self, request: accounts_pb2.GetSubaccountRequest, context: Context
    ) -> accounts_pb2.Subaccount:
        """Return the organisation's subaccount."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            account = await subaccounts.find(connection, org_id)
        if account is None:
            raise no_subaccount()
        return fill(accounts_pb2.Subaccount(), account)

    async def GetTwilioBalance(
        self, request: accounts_pb2.GetTwilioBalanceRequest, context: Context
    ) -> accounts_pb2.TwilioBalance:
        """Return the balance of the organisation's account at Twilio."""
        current = await self._get_balance.get(identity.current().require_org())
        balance = fill(accounts_pb2.TwilioBalance(), current.known)
        balance.stale = current.stale
        return balance

    async def RotateToken(
        self, request: accounts_pb2.RotateTokenRequest, context: Context
    ) -> accounts_pb2.TokenRotation:
        """Start to replace the auth token, or return the rotation that is in progress."""
        rotation = await self._rotate_token.rotate(identity.current().require_org())
        since = rotation.secondary_since
        promoted_from = since + self._grace if since else None
        return fill(
            accounts_pb2.TokenRotation(), asdict(rotation) | {"promoted_from": promoted_from}
        )

    async def PrepareTestAccount(
        self, request: accounts_pb2.PrepareTestAccountRequest, context: Context
    ) -> accounts_pb2.PrepareTestAccountResponse:
        """Give the caller's test organisation an account and a phone number to send from."""
        await self._prepare_test.prepare(identity.current().require_org())
        return accounts_pb2.PrepareTestAccountResponse()

    async def GetSigningTokens(
        self, request: accounts_pb2.GetSigningTokensRequest, context: Context
    ) -> accounts_pb2.GetSigningTokensResponse:
        """Return the auth tokens that may have signed a webhook of an account."""
        org_id, tokens = await self._accounts.signing_tokens(request.account_sid)
        return accounts_pb2.GetSigningTokensResponse(org_id=str(org_id), tokens=tokens)
