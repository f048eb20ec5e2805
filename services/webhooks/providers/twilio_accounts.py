"""Fetch Twilio accounts with their signing tokens from messaging, which stores them."""

from dataclasses import dataclass, field
from uuid import UUID

import grpc

from servicekit.errors import Blocked, DomainError, NotFound, Unavailable
from servicekit.identity import Identity, acting_as
from servicekit.ids import parse_id
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.rpc.tls import Tls
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc

_SERVICE = "smsblaster.messaging.v1.SubaccountService"
_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """A Twilio account: its organisation, and the tokens for the signatures of its webhooks."""

    org_id: UUID | None
    tokens: tuple[bytes, ...] = field(repr=False)


class TwilioAccounts:
    """Client of messaging's ``SubaccountService``. Create it on the event loop."""

    def __init__(self, address: str, rpc: RpcClient, tls: Tls | None = None) -> None:
        self._channel: grpc.aio.Channel = open_channel(address, [_SERVICE], tls=tls)
        self._stub = accounts_pb2_grpc.SubaccountServiceStub(self._channel)
        self._rpc = rpc

    async def find(self, account_sid: str) -> TwilioAccount | None:
        """Return the account with this SID, or None for an unknown one.

        Raises:
            Blocked: Messaging answers, but can't provide this account's tokens.
            Unavailable: Messaging can't be reached.
        """
        request = accounts_pb2.GetSigningTokensRequest(account_sid=account_sid)
        try:
            with acting_as(Identity("webhooks")):
                answer = await self._rpc.call(self._stub.GetSigningTokens, request, _SECONDS)
        except NotFound:
            return None
        except Unavailable as error:
            if isinstance(error, Blocked):
                raise
            raise Unavailable("The account's tokens are not available now.") from error
        except DomainError as error:  # messaging answers, and fails for this account
            raise Blocked("The account's tokens are not available now.") from error
        tokens = tuple(token.encode() for token in answer.tokens)
        return TwilioAccount(parse_id(answer.org_id), tokens)

    async def close(self) -> None:
        """Close the connection to messaging."""
        await self._channel.close()
