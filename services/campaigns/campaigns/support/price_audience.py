"""Price the messages of an audience: render the text for each recipient and count the messages.

An audience may have a million members. They are read page by page; the next page is fetched while
one is counted, and only the counts are kept.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from uuid import UUID

from servicekit.errors import TooManyRequests
from servicekit.identity import Identity, acting_as, current
from servicekit.slices import in_slices
from services.campaigns.campaigns.domain.quotes import Tally
from services.campaigns.campaigns.domain.recipients import Audience
from services.campaigns.campaigns.providers.quotes import PricedCounts, Quote, QuotedText, Quotes
from services.campaigns.campaigns.support.audience import Audiences, Page
from services.campaigns.common.domain.terms import Terms
from services.campaigns.templates.domain.foreign_placeholders import foreign_placeholders
from services.campaigns.templates.domain.templates import parse

# An organisation's limit, because quotes of long lists take processor time from all others.
_AT_ONCE = 2
# Other tasks run between slices. A slice takes milliseconds, also with foreign numbers and emoji.
_SLICE = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How many recipients a page has, and the clock that measures how long a quote takes."""

    page_size: int = 1000
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Priced:
    """What is priced: the text of the messages, who gets them, and who pays.

    `payer_id` is a user or the organisation. If it is None, the organisation's setting decides for
    the current user. `confirmed` is what a user confirms with the price: for an event message, the
    text and the values of its placeholders. If it is empty, the user confirms the text.
    """

    text: str
    audience: Audience
    media_urls: Sequence[str] = ()
    payer_id: UUID | None = None
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quote of messages to an audience.

    `text` is the quote of the text as it is written, and `prices` are the prices of the counted
    messages. `price_version` identifies the text, the prices and the rules for counting segments.
    `complete` says whether the whole audience was counted. `foreign_placeholders` are placeholders
    of other tools, which would be sent as text.
    """

    price_version: str
    text: Quote
    tally: Tally
    prices: PricedCounts
    complete: bool
    foreign_placeholders: Sequence[str]


class PriceAudience:
    """Returns the prices of messages to audiences without storing or sending anything."""

    def __init__(self, audiences: Audiences, quotes: Quotes, pace: Pace | None = None) -> None:
        self._audiences = audiences
        self._quotes = quotes
        self._pace = pace or Pace()
        self._in_progress: Counter[UUID] = Counter()

    def ends_at(self, seconds: float) -> float:
        """Return the time `seconds` from now, as the argument `until` of ``price`` needs it."""
        return self._pace.clock() + seconds

    @contextmanager
    def admitted(self, org_id: UUID) -> Iterator[None]:
        """Let the ``with`` block make a quote, and count it as one of the organisation's quotes.

        Raises:
            TooManyRequests: Two quotes of the organisation are in progress already.
        """
        if self._in_progress[org_id] >= _AT_ONCE:
            message = "Other quotes of your organisation are in progress. Try again in a moment."
            raise TooManyRequests(message, "quotes_under_way")
        self._in_progress[org_id] += 1
        try:
            yield
        finally:
            self._in_progress[org_id] -= 1
            if not self._in_progress[org_id]:
                del self._in_progress[org_id]

    async def price(self, org_id: UUID, priced: Priced, terms: Terms, until: float) -> Quoted:
        """Count the messages of the audience, and return their price under `terms`.

        Counting stops at the time `until`, but not before one page is counted. The result tells
        whether the whole audience was counted.

        Raises:
            NotFound: The list of the audience was deleted.
        """
        text, pictures = priced.text, bool(priced.media_urls)
        with acting_as(Identity("campaigns", org_id, current().user_id)):
            quote = await self._quotes.quote(
                QuotedText(text, pictures), terms=terms, payer_id=priced.payer_id
            )
            own = await self._quotes.own_numbers()
            tally = Tally(parse(text, "message"), terms.smart_encoding, own)
            complete = await self._count(tally, org_id, priced.audience, until)
            prices = await self._quotes.quote_counts(tally.messages, terms, pictures=pictures)
        version = terms.version_of(priced.confirmed or text, priced.media_urls)
        return Quoted(version, quote, tally, prices, complete, foreign_placeholders(text))

    async def _count(self, tally: Tally, org_id: UUID, audience: Audience, until: float) -> bool:
        """Count the audience. Returns False if the time is over before all of it is counted."""
        async with aclosing(self._pages(org_id, audience)) as pages:
            async for page in pages:
                starts = range(0, len(page.recipients), _SLICE)
                async for start in in_slices(starts, size=1):
                    tally.add(page.recipients[start : start + _SLICE])
                if self._pace.clock() >= until:
                    return False
        return True

    async def _pages(self, org_id: UUID, audience: Audience) -> AsyncGenerator[Page]:
        """Read the audience. The next page is fetched while one is counted."""
        coming = self._fetch(org_id, audience, None)
        try:
            while (page := await coming).last is not None:
                coming = self._fetch(org_id, audience, page.last)
                yield page
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _fetch(self, org_id: UUID, audience: Audience, after: UUID | None) -> "asyncio.Task[Page]":
        return asyncio.create_task(
            self._audiences.page(org_id, audience, after, self._pace.page_size)
        )
