"""Quote a message: its size and price, and which recipients would be refused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.db.database import Database
from servicekit.phones import Phone
from servicekit.segments import segment_count
from servicekit.slices import in_slices
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.batches import Duplicate, Entry, Refused, sort_entries
from services.messaging.sending.domain.chosen_sender import refusal_to
from services.messaging.sending.domain.drafts import MAX_BODY_CHARACTERS
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.quotes import Destination, PricedText
from services.messaging.sending.domain.recipients import (
    OPTED_OUT,
    OWN_NUMBER,
)
from services.messaging.sending.domain.send_options import SendOptions
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.storage import messages, spending
from services.messaging.sending.support.batch_numbers import numbers_of
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.registered_senders import RegisteredSenders
from services.messaging.sending.support.sender_check import with_own_number

_TOO_LONG = Refusal(
    "message_too_long", f"A text can have at most {MAX_BODY_CHARACTERS} characters. Shorten it."
)


@dataclass(frozen=True, slots=True)
class QuotedText:
    """A text whose price is asked for, and whether it has pictures.

    `from_number`: the phone number to send it from, if one is chosen.
    """

    body: str
    pictures: bool = False
    from_number: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that decide which recipients are refused.

    `spent_cents`: what the organisation has spent today.
    """

    terms: Terms
    spent_cents: int
    own_numbers: Collection[str]
    opted_out: Collection[str]
    unregistered: Mapping[str, Refusal]
    from_number: str | None

    def refusal(self, phone: Phone, body: str, *, pictures: bool) -> Refusal | None:
        """Return why `body` would not be sent to `phone`, or None if it would be sent."""
        if phone.e164 in self.own_numbers:
            return OWN_NUMBER
        cost = self.terms.cost(body, phone.country, pictures=pictures)
        if cost is None:
            return self.terms.no_price(phone.country)
        if len(body) > MAX_BODY_CHARACTERS:
            return _TOO_LONG
        if phone.e164 in self.opted_out:
            return OPTED_OUT
        refused = self.terms.limits.refusal(phone.country, cost.cents)
        unsuitable = refusal_to(phone.country, self.from_number)
        return refused or unsuitable or self.unregistered.get(phone.e164)


@dataclass(slots=True)
class Quoted:
    """The segments and prices of messages under `terms`.

    `texts`: what the recipients get who would not be refused. `refused`: who would be refused, and
    why. `longest_body`: the longest text.
    """

    terms: Terms
    pictures: bool
    destinations: dict[str, Destination] = field(default_factory=dict)
    texts: list[PricedText] = field(default_factory=list)
    refused: list[tuple[Entry, Refused | Duplicate]] = field(default_factory=list)
    longest_body: str = ""
    daily_left_cents: int | None = None

    def to(self, country: str) -> Destination:
        """Return what is quoted for messages to `country`.

        If there is nothing yet, an empty destination is added.
        """
        cents = self.terms.cents_per_segment[country]
        mms = self.terms.cents_per_mms.get(country) if self.pictures else None
        return self.destinations.setdefault(country, Destination(country, cents, mms))

    @property
    def price_version(self) -> str:
        """The version of the prices in the quote."""
        return self.terms.mms_price_version if self.pictures else self.terms.price_version

    @property
    def total_cents(self) -> int:
        """The price in cents for all recipients."""
        return sum(d.total_cents for d in self.destinations.values())


class QuoteMessages:
    """Quotes messages to people. Nothing is stored, and no contact is created."""

    def __init__(
        self,
        database: Database,
        recipients: Recipients,
        terms: CurrentTerms,
        senders: RegisteredSenders,
    ) -> None:
        self._database = database
        self._recipients = recipients
        self._terms = terms
        self._senders = senders

    async def quote(
        self, org_id: UUID, text: QuotedText, entries: Sequence[Entry], confirmed: Terms | None
    ) -> Quoted:
        """Return the price of `text`, or of recipients' own texts, to `entries`.

        It follows the `confirmed` terms or, if they are None, the current ones.

        Raises:
            InvalidInput: unknown_sender or unsuitable_sender, for the chosen phone number.
            Unavailable: A service that is needed does not answer.
        """
        found = sort_entries(entries, await numbers_of(entries), {})
        facts = await self._facts(org_id, text, list(found.phones.values()), confirmed)
        refused = [(entries[at], outcome) for at, outcome in found.outcomes.items()]
        quoted = Quoted(facts.terms, text.pictures, refused=refused)
        limits = facts.terms.limits
        segments: dict[str, int] = {}
        async for at, phone in in_slices(found.phones.items()):
            body = entries[at].own.body or text.body
            if body not in segments:
                segments[body] = _segments(body, facts.terms)
            refusal = facts.refusal(phone, body, pictures=text.pictures)
            if refusal:
                quoted.refused.append((entries[at], entries[at].refuse(refusal)))
            else:
                cents = quoted.to(phone.country).add(segments[body])
                quoted.texts.append(PricedText(at, body, segments[body], cents))
        quoted.longest_body = max(segments, key=lambda b: segments[b], default=text.body)
        if limits.daily_cap_cents is not None:
            quoted.daily_left_cents = max(limits.daily_cap_cents - facts.spent_cents, 0)
        return quoted

    async def prices_only(self, org_id: UUID, text: QuotedText, countries: Sequence[str]) -> Quoted:
        """Return the price of one `text` to each of those `countries` to which we send.

        Raises what `quote` raises.
        """
        terms = await self._terms.of_org(org_id)
        sender = await self._sender(org_id, text)
        quoted = Quoted(terms, text.pictures)
        for country in countries:
            cost = terms.cost(text.body, country, pictures=text.pictures)
            if cost is not None and refusal_to(country, sender) is None:
                quoted.to(country).price_only(_segments(text.body, terms))
        return quoted

    async def _facts(
        self, org_id: UUID, text: QuotedText, phones: Sequence[Phone], confirmed: Terms | None
    ) -> Facts:
        terms = confirmed or await self._terms.of_org(org_id)
        e164 = [phone.e164 for phone in phones]
        opted_out = await self._recipients.opted_out(org_id, e164) if phones else ()
        sender = await self._sender(org_id, text)
        pinned = dict.fromkeys(e164, sender) if sender else None
        unregistered = await self._senders.refusals(org_id, e164, pinned)
        async with self._database.org(org_id) as connection:
            return Facts(
                terms,
                await spending.today(connection, org_id),
                await messages.own_numbers_among(connection, org_id, e164),
                opted_out,
                unregistered,
                sender,
            )

    async def _sender(self, org_id: UUID, text: QuotedText) -> str | None:
        """Return the chosen phone number as Twilio writes it, None if none is chosen."""
        chosen = SendOptions(from_number=text.from_number)
        options = await with_own_number(self._database, org_id, chosen, pictures=text.pictures)
        return options.from_number


def _segments(body: str, terms: Terms) -> int:
    return segment_count(body, smart_encoding=terms.smart_encoding)
