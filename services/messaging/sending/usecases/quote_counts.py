"""Price messages that are given as counts by country and length, and count refused ones.

The price depends only on country and length, so a few counts describe any number of messages.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.quotes import Destination, TextCount
from services.messaging.sending.domain.registered_senders import UNREGISTERED
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.registered_senders import RegisteredSenders


@dataclass(frozen=True, slots=True)
class RefusedMessages:
    """How many `messages` to a country would be refused, and why."""

    country: str
    why: Refusal
    messages: int


@dataclass(frozen=True, slots=True)
class Priced:
    """The prices of the messages that would be sent, and the refused ones, by country."""

    destinations: Collection[Destination]
    refused: Sequence[RefusedMessages]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules by which messages are refused.

    Carriers refuse messages to `unregistered` countries.
    """

    terms: Terms
    unregistered: Collection[str]
    pictures: bool

    def refusal(self, count: TextCount) -> Refusal | None:
        cents = self.price(count)
        if cents is None:
            return self.terms.no_price(count.country)
        if count.country in self.unregistered:
            return UNREGISTERED
        return self.terms.limits.refusal(count.country, cents)

    def price(self, count: TextCount) -> int | None:
        """Return the price in cents of one of the counted messages, or None if it has none."""
        if not self.terms.offers(count.country, pictures=self.pictures):
            return None
        if self.pictures:
            return self.terms.cents_per_mms[count.country]
        return count.segments * self.terms.cents_per_segment[count.country]


class QuoteCounts:
    """Prices messages that are given as counts by country and length. Nothing is stored."""

    def __init__(self, terms: CurrentTerms, senders: RegisteredSenders) -> None:
        self._terms = terms
        self._senders = senders

    async def quote(
        self,
        org_id: UUID,
        counts: Sequence[TextCount],
        confirmed: Terms | None,
        *,
        pictures: bool = False,
    ) -> Priced:
        """Price the messages in `counts` by the `confirmed` terms, or by the current ones.

        `pictures` says whether the messages have pictures.

        Raises:
            Unavailable: Billing does not answer.
        """
        terms = confirmed or await self._terms.of_org(org_id)
        countries = {count.country for count in counts}
        unregistered = await self._senders.refused_countries(org_id, countries)
        rules = _Rules(terms, unregistered, pictures)
        refusals = [(count, rules.refusal(count)) for count in counts]
        sent = [count for count, refusal in refusals if refusal is None]
        return Priced(_by_country(sent, terms, pictures), _refused(refusals))


def _by_country(
    counts: Iterable[TextCount], terms: Terms, pictures: bool
) -> Collection[Destination]:
    found: dict[str, Destination] = {}
    for count in counts:
        country, cents = count.country, terms.cents_per_segment[count.country]
        empty = Destination(country, cents, terms.cents_per_mms[country] if pictures else None)
        found.setdefault(country, empty).add(count.segments, count.texts)
    return found.values()


def _refused(
    refusals: Iterable[tuple[TextCount, Refusal | None]],
) -> Sequence[RefusedMessages]:
    """Return the refused messages by country and reason, the most frequent reason first."""
    messages: Counter[tuple[str, str]] = Counter()
    reasons: dict[tuple[str, str], Refusal] = {}
    for count, refusal in refusals:
        if refusal:
            key = (count.country, refusal.code)
            messages[key] += count.texts
            reasons.setdefault(key, refusal)
    return [
        RefusedMessages(country, reasons[country, code], number)
        for (country, code), number in messages.most_common()
    ]
