"""Price messages given as counts by country and length. Count those that would be refused.

The price depends only on these two, so a few counts describe any number of messages.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.messaging.sending.domain.quotes import Destination, TextCount
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.registered_senders import RegisteredSenders


@dataclass(frozen=True, slots=True)
class Priced:
    """The messages that would be sent, by country, and how many would be refused."""

    destinations: Collection[Destination]
    refused: int


@dataclass(frozen=True, slots=True)
class _Rules:
    """Rules that refuse messages. Carriers refuse messages to `unregistered` countries."""

    terms: Terms
    unregistered: Collection[str]

    def allow(self, count: TextCount) -> bool:
        cents = self.terms.cents_per_segment.get(count.country)
        if cents is None or count.country in self.unregistered:
            return False
        return self.terms.limits.refusal(count.country, count.segments * cents) is None


class QuoteCounts:
    """Prices messages given as counts by country and length. Nothing is stored."""

    def __init__(self, terms: CurrentTerms, senders: RegisteredSenders) -> None:
        self._terms = terms
        self._senders = senders

    async def quote(
        self, org_id: UUID, counts: Sequence[TextCount], confirmed: Terms | None
    ) -> Priced:
        """Price `counts` under the `confirmed` terms, or the current terms if it is None.

        Raises:
            Unavailable: Billing does not answer.
        """
        terms = confirmed or await self._terms.of_org(org_id)
        countries = {count.country for count in counts}
        rules = _Rules(terms, await self._senders.refused_countries(org_id, countries))
        sent = [count for count in counts if rules.allow(count)]
        return Priced(_by_country(sent, terms.cents_per_segment), _texts(counts) - _texts(sent))


def _by_country(counts: Iterable[TextCount], prices: Mapping[str, int]) -> Collection[Destination]:
    found: dict[str, Destination] = {}
    for count in counts:
        empty = Destination(count.country, prices[count.country])
        found.setdefault(count.country, empty).add(count.segments, count.texts)
    return found.values()


def _texts(counts: Iterable[TextCount]) -> int:
    return sum(count.texts for count in counts)
