"""Who signs for a Twilio account: asked of messaging, which keeps the accounts' tokens."""

from dataclasses import dataclass, field
from uuid import UUID

import grpc

from servicekit.errors import Blocked, DomainError, NotFound, Unavailable
from servicekit.identity import Identity, acting_as
from servicekit.ids import parse_id
from servicekit.rpc.client import RpcClient, open_channel
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc

_SERVICE = "smsblaster.messaging.v1.SubaccountService"
_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Account:
    """A Twilio account: whose it is, and the tokens that its webhooks may be signed with."""

    org_id: UUID | None
    tokens: tuple[bytes, ...] = field(repr=False)


class AccountDirectory:
    """Asks messaging about Twilio accounts. Make it on the event loop."""

    def __init__(self, address: str, caller: RpcClient) -> None:
        self._channel: grpc.aio.Channel = open_channel(address, [_SERVICE])
        self._stub = accounts_pb2_grpc.SubaccountServiceStub(self._channel)
        self._caller = caller

    async def find(self, account_sid: str) -> Account | None:
        """The account with this SID; None where there is none.

        Raises ``Blocked`` where this account's tokens can't be had whoever asks, and
        ``Unavailable`` where messaging is away.
        """
        request = accounts_pb2.GetSigningTokensRequest(account_sid=account_sid)
        try:
            with acting_as(Identity("webhooks")):
                answer = await self._caller.call(self._stub.GetSigningTokens, request, _SECONDS)
        except NotFound:
            return None
        except Unavailable as error:
            if isinstance(error, Blocked):
                raise
            raise Unavailable("The account's tokens can't be had now.") from error
        except DomainError as error:  # messaging is there, and fails at this account
            raise Blocked("The account's tokens can't be had now.") from error
        tokens = tuple(token.encode() for token in answer.tokens)
        return Account(parse_id(answer.org_id), tokens)

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()
