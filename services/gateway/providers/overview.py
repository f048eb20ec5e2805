"""Read the data that the dashboard shows from the services, in the name of the caller."""

from collections.abc import Mapping
from typing import TypeVar

import grpc

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import (
    balance_pb2,
    balance_pb2_grpc,
    settings_pb2,
    settings_pb2_grpc,
)
from smsblaster.campaigns.v1 import overview_pb2, overview_pb2_grpc
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc
from smsblaster.messaging.v1 import (
    a2p_pb2,
    a2p_pb2_grpc,
    analytics_pb2,
    analytics_pb2_grpc,
    history_pb2,
    history_pb2_grpc,
    messages_pb2,
    numbers_pb2,
    numbers_pb2_grpc,
    threads_pb2,
    threads_pb2_grpc,
)

# A part that takes longer is shown as failed, so that the page does not wait for it.
_SECONDS = 4.0
_ATTEMPTS = 2
_CONVERSATIONS = 5


Request = TypeVar("Request")
Response = TypeVar("Response")


class OverviewSources:
    """Reads what the dashboard shows.

    Each method raises the errors of the service that it calls.
    """

    def __init__(self, rpc: RpcClient, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._rpc = rpc
        self._balance = balance_pb2_grpc.BalanceServiceStub(channels["billing"])
        self._settings = settings_pb2_grpc.BillingSettingsServiceStub(channels["billing"])
        self._campaigns = overview_pb2_grpc.CampaignOverviewServiceStub(channels["campaigns"])
        self._contacts = contacts_pb2_grpc.ContactServiceStub(channels["contacts"])
        self._analytics = analytics_pb2_grpc.AnalyticsServiceStub(channels["messaging"])
        self._threads = threads_pb2_grpc.ThreadServiceStub(channels["messaging"])
        self._registration = a2p_pb2_grpc.RegistrationServiceStub(channels["messaging"])
        self._numbers = numbers_pb2_grpc.NumberServiceStub(channels["messaging"])
        self._history = history_pb2_grpc.HistoryServiceStub(channels["messaging"])

    async def balance(self) -> balance_pb2.Balance:
        """Return the caller's and the organisation's balances, and the sum of all balances."""
        return await self._call(self._balance.GetBalance, balance_pb2.GetBalanceRequest())

    async def billing_settings(self) -> settings_pb2.BillingSettings:
        """Return the organisation's billing settings."""
        request = settings_pb2.GetBillingSettingsRequest()
        return await self._call(self._settings.GetBillingSettings, request)

    async def campaigns(self) -> overview_pb2.CampaignOverview:
        """Return what campaigns are doing now, and which are scheduled next."""
        request = overview_pb2.GetCampaignOverviewRequest()
        return await self._call(self._campaigns.GetCampaignOverview, request)

    async def contacts(self) -> contacts_pb2.ListContactsResponse:
        """Return one contact and the count of all contacts."""
        request = contacts_pb2.ListContactsRequest(page_size=1)
        return await self._call(self._contacts.ListContacts, request)

    async def usage(self) -> analytics_pb2.Usage:
        """Return the usage of the last 30 days, today included."""
        return await self._call(self._analytics.GetUsage, analytics_pb2.GetUsageRequest())

    async def conversations(self) -> threads_pb2.ListThreadsResponse:
        """Return the latest conversations with unread messages."""
        request = threads_pb2.ListThreadsRequest(unread=True, limit=_CONVERSATIONS)
        return await self._call(self._threads.ListThreads, request)

    async def registration(self) -> a2p_pb2.RegistrationStatus:
        """Return the state of the organisation's registration with the US carriers."""
        request = a2p_pb2.GetRegistrationStatusRequest()
        return await self._call(self._registration.GetRegistrationStatus, request)

    async def numbers(self) -> numbers_pb2.ListNumbersResponse:
        """Return the organisation's phone numbers."""
        return await self._call(self._numbers.ListNumbers, numbers_pb2.ListNumbersRequest())

    async def has_delivered(self) -> bool:
        """Return whether any message of the organisation was ever delivered."""
        status = messages_pb2.MESSAGE_STATUS_DELIVERED
        request = history_pb2.ListHistoryRequest(status=status, page_size=1)
        return bool((await self._call(self._history.ListHistory, request)).items)

    async def _call(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request
    ) -> Response:
        return await self._rpc.call(method, request, _SECONDS, _ATTEMPTS)
