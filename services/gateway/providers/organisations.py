"""Read the data about organisations that operators see, in the name of the operator."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import grpc

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import adjustments_pb2, adjustments_pb2_grpc
from smsblaster.messaging.v1 import admin_stats_pb2, admin_stats_pb2_grpc

_SECONDS = 4.0


class OrganisationSources:
    """Asks billing and messaging about organisations.

    Each method raises the errors of the service that it calls.
    """

    def __init__(self, rpc: RpcClient, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._rpc = rpc
        self._balances = adjustments_pb2_grpc.AdminBalanceServiceStub(channels["billing"])
        self._usage = admin_stats_pb2_grpc.AdminStatsServiceStub(channels["messaging"])

    async def balances(
        self, org_ids: Sequence[UUID]
    ) -> adjustments_pb2.ListOrganisationBalancesResponse:
        """Return the balances of organisations, in the order of their ids."""
        request = adjustments_pb2.ListOrganisationBalancesRequest(org_ids=[*map(str, org_ids)])
        return await self._rpc.call(self._balances.ListOrganisationBalances, request, _SECONDS)

    async def usage(self, org_ids: Sequence[UUID]) -> admin_stats_pb2.ListOrganisationUsageResponse:
        """Return the usage of organisations, in the order of their ids."""
        request = admin_stats_pb2.ListOrganisationUsageRequest(org_ids=[*map(str, org_ids)])
        return await self._rpc.call(self._usage.ListOrganisationUsage, request, _SECONDS)
