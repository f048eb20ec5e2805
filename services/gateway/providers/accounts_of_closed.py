"""Stop what a closed organisation could still cost: its sending, and payments by a saved card."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

import grpc

from servicekit.errors import NotFound
from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import automatic_top_ups_pb2, automatic_top_ups_pb2_grpc
from smsblaster.messaging.v1 import (
    admin_accounts_pb2,
    admin_accounts_pb2_grpc,
    admin_stats_pb2,
    admin_stats_pb2_grpc,
)

_SECONDS = 60.0
_REASON = "The organisation is closed."


class AccountsOfClosed:
    """Calls messaging and billing in the name of the caller, who must be allowed to do this.

    Each method raises the errors of the service.
    """

    def __init__(self, rpc: RpcClient, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._rpc = rpc
        messaging = channels["messaging"]
        self._accounts = admin_accounts_pb2_grpc.AdminSubaccountServiceStub(messaging)
        self._stats = admin_stats_pb2_grpc.AdminStatsServiceStub(messaging)
        self._cards = automatic_top_ups_pb2_grpc.AutomaticTopUpServiceStub(channels["billing"])

    async def can_send(self, org_id: UUID) -> bool:
        """Return whether the organisation has a Twilio account that is not suspended."""
        request = admin_stats_pb2.ListOrganisationUsageRequest(org_ids=[str(org_id)])
        found = await self._rpc.call(self._stats.ListOrganisationUsage, request, _SECONDS)
        account = found.items[0].account
        return bool(account == admin_accounts_pb2.SUBACCOUNT_STATUS_ACTIVE)

    async def suspend(self, org_id: UUID) -> None:
        """Stop the organisation from sending. Messages that wait fail and are refunded."""
        request = admin_accounts_pb2.SuspendSubaccountRequest(org_id=str(org_id), reason=_REASON)
        await self._rpc.call(self._accounts.SuspendSubaccount, request, _SECONDS)

    async def resume(self, org_id: UUID) -> None:
        """Let the organisation send again."""
        request = admin_accounts_pb2.ReactivateSubaccountRequest(
            org_id=str(org_id), reason="The organisation was reopened."
        )
        await self._rpc.call(self._accounts.ReactivateSubaccount, request, _SECONDS)

    async def delete_card(self) -> None:
        """Delete the caller's saved card, if there is one."""
        request = automatic_top_ups_pb2.DeleteSavedCardRequest()
        with suppress(NotFound):
            await self._rpc.call(self._cards.DeleteSavedCard, request, _SECONDS)
