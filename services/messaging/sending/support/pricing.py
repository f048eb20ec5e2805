"""Prices as billing sets them, and the terms that hold for an organisation's texts now."""

from collections.abc import Mapping
from uuid import UUID

import phonenumbers
from cachetools import TTLCache

from servicekit.db.database import Database
from servicekit.rpc.client import RpcClient
from services.messaging.accounts.storage import messaging_services
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.storage import spending
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

# Short: until each replica has asked again, they may quote different prices.
_FRESH_SECONDS = 5.0
_ALL = "all"


class PriceList:
    """Cents per segment by country, of every country that is served."""

    def __init__(
        self, caller: RpcClient, charges: "charges_pb2_grpc.ChargeServiceAsyncStub"
    ) -> None:
        self._caller = caller
        self._charges = charges
        self._cached: TTLCache[str, Mapping[str, int]] = TTLCache(1, _FRESH_SECONDS)

    async def current(self) -> Mapping[str, int]:
        """All prices, at most some seconds old. Raises ``Unavailable``."""
        prices = self._cached.get(_ALL)
        if prices is None:
            answer = await self._caller.call(
                self._charges.GetPrices,
                charges_pb2.GetPricesRequest(countries=sorted(phonenumbers.SUPPORTED_REGIONS)),
            )
            prices = self._cached[_ALL] = dict(answer.cents_per_segment)
        return prices


class CurrentTerms:
    """Finds the terms that hold now."""

    def __init__(self, database: Database, prices: PriceList) -> None:
        self._database = database
        self._prices = prices

    async def of_org(self, org_id: UUID) -> Terms:
        """The terms for the organisation's texts. Raises ``Unavailable``."""
        prices = await self._prices.current()
        async with self._database.org(org_id) as connection:
            return Terms(
                prices,
                await messaging_services.encodes_smartly(connection, org_id),
                await spending.limits(connection, org_id),
            )
