"""Quote a campaign: its text rendered for everybody it is for, counted, and the counts priced.

A list may have a million members. They pass through a page at a time, the next one being fetched
while one is counted, and nothing is kept of them but the counts.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound, TooManyRequests
from servicekit.identity import Identity, acting_as
from services.campaigns.campaigns.domain.quotes import Tally
from services.campaigns.campaigns.domain.recipients import Audience
from services.campaigns.campaigns.domain.states import UNCONFIRMED
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.providers.quotes import Quotes
from services.campaigns.campaigns.storage import terms as stored_terms
from services.campaigns.campaigns.storage.plans import audience_of
from services.campaigns.campaigns.support.audience import Audiences, Page
from services.campaigns.campaigns.usecases.send_test_message import campaign_and_text
from services.campaigns.common.domain.terms import Terms
from services.campaigns.templates.domain.foreign_placeholders import foreign_placeholders
from services.campaigns.templates.domain.templates import parse
from smsblaster.messaging.v1 import quote_pb2

# Long lists keep everybody waiting who shares the processors.
_AT_ONCE = 2
# What else the service does has its turn between slices: milliseconds, though every number be
# foreign and every text be full of emoji.
_SLICE = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How lists are gone through: ``page_size`` recipients are fetched at once, by ``clock``."""

    page_size: int = 1000
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Quoted:
    """``text`` is the quote of the text as it is written, ``prices`` those of what was counted.

    ``price_version`` names text, prices and way of counting. ``complete``: nobody was left out,
    because the whole audience was looked at. ``foreign_placeholders`` would go out as text.
    """

    price_version: str
    text: quote_pb2.Quote
    tally: Tally
    prices: quote_pb2.QuoteCountsResponse
    complete: bool
    foreign_placeholders: Sequence[str]


class QuoteCampaign:
    """Quotes campaigns. Nothing is stored, charged or sent, and no connection held meanwhile."""

    def __init__(
        self,
        database: Database,
        audiences: Audiences,
        dispatch: Dispatch,
        quotes: Quotes,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._audiences = audiences
        self._dispatch = dispatch
        self._quotes = quotes
        self._pace = pace or Pace()
        self._under_way: Counter[UUID] = Counter()

    async def __call__(self, org_id: UUID, campaign_id: UUID, seconds: float = math.inf) -> Quoted:
        """What the campaign costs, as far as it can be counted in ``seconds``.

        By the terms that were confirmed for it; by those of now where starting or resuming it would
        confirm them. A page is always looked at. Raises ``CrossOrgAccess`` or ``NotFound``;
        ``Conflict`` where its list or template is gone; ``InvalidInput`` where contacts can't fill
        its text; ``TooManyRequests`` while others of the organisation are under way.
        """
        until = self._pace.clock() + seconds
        with self._admitted(org_id):
            campaign, text = await campaign_and_text(self._database, org_id, campaign_id)
            # Who created it pays, whoever asks.
            with acting_as(Identity("campaigns", org_id, campaign["created_by"])):
                terms = await self._terms(campaign)
                quote = await self._quotes.quote(text, terms=terms)
                own = await self._quotes.own_numbers()
                tally = Tally(parse(text, "message"), terms.smart_encoding, own)
                complete = await self._count_all(tally, org_id, audience_of(campaign), until)
                prices = await self._quotes.quote_counts(tally.texts, terms)
                version, foreign = terms.version_of(text), foreign_placeholders(text)
                return Quoted(version, quote, tally, prices, complete, foreign)

    async def _terms(self, campaign: RowMapping) -> Terms:
        confirmed = None
        if campaign["status"] not in UNCONFIRMED:
            async with self._database.org(campaign["org_id"]) as connection:
                confirmed = await stored_terms.of_campaign(
                    connection, campaign["org_id"], campaign["id"]
                )
        return confirmed or await self._dispatch.terms()

    async def _count_all(
        self, tally: Tally, org_id: UUID, audience: Audience, until: float
    ) -> bool:
        try:
            return await self._count(tally, org_id, audience, until)
        except NotFound:
            message = "Its contact list is deleted. Choose another."
            raise Conflict(message, "campaign_not_startable") from None

    @contextmanager
    def _admitted(self, org_id: UUID) -> Iterator[None]:
        if self._under_way[org_id] >= _AT_ONCE:
            message = "Other quotes of your organisation are being made. Try again after them."
            raise TooManyRequests(message, "quotes_under_way")
        self._under_way[org_id] += 1
        try:
            yield
        finally:
            self._under_way[org_id] -= 1
            if not self._under_way[org_id]:
                del self._under_way[org_id]

    async def _count(self, tally: Tally, org_id: UUID, audience: Audience, until: float) -> bool:
        """Count the audience; False where it is ``until`` before the end."""
        async with aclosing(self._pages(org_id, audience)) as pages:
            async for page in pages:
                for start in range(0, len(page.recipients), _SLICE):
                    tally.add(page.recipients[start : start + _SLICE])
                    await asyncio.sleep(0)
                if self._pace.clock() >= until:
                    return False
        return True

    async def _pages(self, org_id: UUID, audience: Audience) -> AsyncGenerator[Page]:
        """The audience; the next page is on its way while one is being dealt with."""
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
