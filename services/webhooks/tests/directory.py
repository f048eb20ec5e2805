"""A fake of messaging's account service over gRPC."""

from dataclasses import dataclass, field

from servicekit.errors import NotFound
from services.webhooks.tests.calls import TwilioAccount
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc


@dataclass
class Directory(accounts_pb2_grpc.SubaccountServiceServicer):
    """Returns the tokens of `accounts`, and records which SIDs were requested."""

    accounts: dict[str, TwilioAccount] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def open(self) -> TwilioAccount:
        """Add a new account and return it."""
        account = TwilioAccount()
        self.accounts[account.sid] = account
        return account

    async def GetSigningTokens(  # noqa: N802 (the contract's name)
        self, request: accounts_pb2.GetSigningTokensRequest, context: object
    ) -> accounts_pb2.GetSigningTokensResponse:
        """Return the tokens of an account."""
        self.asked.append(request.account_sid)
        account = self.accounts.get(request.account_sid)
        if account is None:
            raise NotFound("There is no such account.", "account_not_found")
        return accounts_pb2.GetSigningTokensResponse(
            org_id=str(account.org_id), tokens=account.tokens
        )
