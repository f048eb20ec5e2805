"""Quote a text: what it would take and cost, and who would get none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.db.database import Database
from servicekit.phones import Phone
from servicekit.segments import segment_count
from services.messaging.domain.drafts import MAX_BODY_CHARACTERS
from services.messaging.domain.limits import Limits, Refusal
from services.messaging.domain.quotes import Destination
from services.messaging.domain.recipients import (
    OPTED_OUT,
    OWN_NUMBER,
    Refused,
    distinct,
    not_served,
)
from services.messaging.storage import messages, spending
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.recipients import Recipients
from services.messaging.usecases.registered_senders import RegisteredSenders

_TOO_LONG = Refusal(
    "message_too_long", f"A text has {MAX_BODY_CHARACTERS} characters at the most; shorten it."
)


@dataclass(frozen=True, slots=True)
class Known:
    """What decides about recipients. ``spent_cents``: spent today."""

    limits: Limits
    spent_cents: int
    own_numbers: Collection[str]
    opted_out: Collection[str]
    unregistered: Mapping[str, Refusal]
    prices: Mapping[str, int]

    def refusal(self, phone: Phone, body: str) -> Refusal | None:
        """Why ``body`` would not be sent to ``phone``; None where it would."""
        if phone.e164 in self.own_numbers:
            return OWN_NUMBER
        if phone.country not in self.prices:
            return not_served(phone.country)
        if len(body) > MAX_BODY_CHARACTERS:
            return _TOO_LONG
        if phone.e164 in self.opted_out:
            return OPTED_OUT
        cents = segment_count(body) * self.prices[phone.country]
        return self.limits.refusal(phone.country, cents) or self.unregistered.get(phone.e164)


@dataclass(slots=True)
class Quoted:
    """What texts would take and cost. ``refused``: numbers as they were given, and why."""

    destinations: dict[str, Destination] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    daily_left_cents: int | None = None

    def to(self, country: str, prices: Mapping[str, int]) -> Destination:
        """The texts to ``country``."""
        return self.destinations.setdefault(country, Destination(country, prices[country]))

    @property
    def total_cents(self) -> int:
        """Cents for all recipients."""
        return sum(d.total_cents for d in self.destinations.values())


class QuoteTexts:
    """Quotes texts to people. Nothing is stored, and no contact is created."""

    def __init__(
        self,
        database: Database,
        recipients: Recipients,
        prices: PriceList,
        senders: RegisteredSenders,
    ) -> None:
        self._database = database
        self._recipients = recipients
        self._prices = prices
        self._senders = senders

    async def __call__(self, org_id: UUID, body: str, numbers: Sequence[str]) -> Quoted:
        """Quote ``body`` to ``numbers``. Raises ``Unavailable``."""
        phones, refused = distinct(numbers)
        quoted = Quoted(refused=refused)
        known = await self._known(org_id, list(phones.values()))
        for number, phone in phones.items():
            refusal = known.refusal(phone, body)
            if refusal:
                quoted.refused.append((number, refusal))
            else:
                quoted.to(phone.country, known.prices).add(segment_count(body))
        if known.limits.daily_cap_cents is not None:
            quoted.daily_left_cents = max(known.limits.daily_cap_cents - known.spent_cents, 0)
        return quoted

    async def prices_only(self, body: str, countries: Sequence[str]) -> Quoted:
        """The price of one ``body`` to each of ``countries`` that is served."""
        prices = await self._prices.for_countries(countries)
        quoted = Quoted()
        for country in prices:
            quoted.to(country, prices).price_only(segment_count(body))
        return quoted

    async def _known(self, org_id: UUID, phones: Sequence[Phone]) -> Known:
        prices = await self._prices.for_countries({phone.country for phone in phones})
        e164 = [phone.e164 for phone in phones]
        opted_out = await self._recipients.opted_out(org_id, e164) if phones else ()
        unregistered = await self._senders.refusals(org_id, e164)
        async with self._database.org(org_id) as connection:
            return Known(
                await spending.limits(connection, org_id),
                await spending.today(connection, org_id),
                await messages.own_among(connection, org_id, e164),
                opted_out,
                unregistered,
                prices,
            )
