"""Price texts that are counted: what they would cost, and how many would not be sent.

Apart from who it goes to, a text's country and length decide about it, so that any number of texts
is a few counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.domain.limits import Limits
from services.messaging.domain.quotes import Destination, TextCount
from services.messaging.storage import spending
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.registered_senders import RegisteredSenders


@dataclass(frozen=True, slots=True)
class Priced:
    """The texts that would be sent, by country, and how many would not."""

    destinations: Collection[Destination]
    refused: int


@dataclass(frozen=True, slots=True)
class _Rules:
    """What decides about texts. ``unregistered``: countries that carriers refuse texts to."""

    prices: Mapping[str, int]
    limits: Limits
    unregistered: Collection[str]

    def allow(self, count: TextCount) -> bool:
        cents = self.prices.get(count.country)
        if cents is None or count.country in self.unregistered:
            return False
        return self.limits.refusal(count.country, count.segments * cents) is None


class QuoteCounts:
    """Prices counted texts. Nothing is stored."""

    def __init__(self, database: Database, prices: PriceList, senders: RegisteredSenders) -> None:
        self._database = database
        self._prices = prices
        self._senders = senders

    async def __call__(self, org_id: UUID, counts: Sequence[TextCount]) -> Priced:
        """Price ``counts``. Raises ``Unavailable``."""
        rules = await self._rules(org_id, {count.country for count in counts})
        sent = [count for count in counts if rules.allow(count)]
        return Priced(_by_country(sent, rules.prices), _texts(counts) - _texts(sent))

    async def _rules(self, org_id: UUID, countries: Collection[str]) -> _Rules:
        prices = await self._prices.for_countries(countries)
        unregistered = await self._senders.refused_countries(org_id, countries)
        async with self._database.org(org_id) as connection:
            return _Rules(prices, await spending.limits(connection, org_id), unregistered)


def _by_country(counts: Iterable[TextCount], prices: Mapping[str, int]) -> Collection[Destination]:
    found: dict[str, Destination] = {}
    for count in counts:
        empty = Destination(count.country, prices[count.country])
        found.setdefault(count.country, empty).add(count.segments, count.texts)
    return found.values()


def _texts(counts: Iterable[TextCount]) -> int:
    return sum(count.texts for count in counts)
