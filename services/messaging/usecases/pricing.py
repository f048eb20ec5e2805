"""Prices, as billing sets them; asked once a minute."""

import time
from collections.abc import Iterable, Mapping

from servicekit.rpc.client import Caller
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

_FRESH_SECONDS = 60.0


class PriceList:
    """Cents per segment by country."""

    def __init__(self, caller: Caller, charges: "charges_pb2_grpc.ChargeServiceAsyncStub") -> None:
        self._caller = caller
        self._charges = charges
        self._known: dict[str, tuple[float, int | None]] = {}

    async def for_countries(self, countries: Iterable[str]) -> Mapping[str, int]:
        """Prices of ``countries``; one that is not served is absent. Raises ``Unavailable``."""
        now = time.monotonic()
        wanted = set(countries)
        stale = [c for c in wanted if self._known.get(c, (0.0, None))[0] < now]
        if stale:
            answer = await self._caller.call(
                self._charges.GetPrices, charges_pb2.GetPricesRequest(countries=stale)
            )
            for country in stale:
                cents = answer.cents_per_segment.get(country)
                self._known[country] = (now + _FRESH_SECONDS, cents)
        found = ((country, self._known[country][1]) for country in wanted)
        return {country: cents for country, cents in found if cents is not None}
