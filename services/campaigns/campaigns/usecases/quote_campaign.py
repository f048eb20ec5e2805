"""Get the price of a campaign: render its text for each recipient and price the counted messages.

A list may have a million members. They are read page by page; the next page is fetched while one
is counted, and only the counts are kept.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound, TooManyRequests
from servicekit.identity import Identity, acting_as, current
from services.campaigns.campaigns.domain.drafts import require_complete
from services.campaigns.campaigns.domain.quotes import Tally
from services.campaigns.campaigns.domain.recipients import Audience, Retry
from services.campaigns.campaigns.domain.retries import nothing_to_retry, require_over
from services.campaigns.campaigns.domain.states import UNCONFIRMED
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.providers.quotes import PricedCounts, Quote, QuotedText, Quotes
from services.campaigns.campaigns.storage import terms as stored_terms
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.audience import Audiences, Page
from services.campaigns.campaigns.support.campaign_text import campaign_and_text
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.common.domain.terms import Terms
from services.campaigns.templates.domain.foreign_placeholders import foreign_placeholders
from services.campaigns.templates.domain.templates import parse

# Maximum quotes of an organisation at a time, because long lists take processor time from others.
_AT_ONCE = 2
# Other tasks run between slices. A slice takes milliseconds, also with foreign numbers and emoji.
_SLICE = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """The size of a page, and the clock that measures the time of a quote."""

    page_size: int = 1000
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quote of a campaign.

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


class QuoteCampaign:
    """Returns the prices of campaigns without storing, charging or sending anything."""

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
        self._in_progress: Counter[UUID] = Counter()

    async def quote(self, org_id: UUID, campaign_id: UUID, seconds: float = math.inf) -> Quoted:
        """Return the price of the campaign, as far as it can be counted in `seconds`.

        The price follows the confirmed terms, or the current terms if the campaign is a draft or
        paused. At least one page is counted.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: Its list or template was deleted.
            InvalidInput: It has no text or no list, or contacts can't fill its text.
            TooManyRequests: Other quotes of the organisation are in progress.
        """
        until = self._pace.clock() + seconds
        with self._admitted(org_id):
            campaign, text = await campaign_and_text(self._database, org_id, campaign_id)
            require_complete(text, campaign.list_id)
            with acting_as(Identity("campaigns", org_id, current().user_id)):
                terms = await self._terms(campaign)
                quote = await self._quotes.quote(
                    QuotedText(text), terms=terms, payer_id=campaign.paid_by
                )
                return await self._quoted(org_id, text, quote, campaign.audience, terms, until)

    async def quote_retry(
        self, org_id: UUID, campaign_id: UUID, retryable_only: bool, seconds: float = math.inf
    ) -> Quoted:
        """Return what a retry of the campaign by the current user would cost now.

        Raises the errors of ``quote``, and:

        Raises:
            Conflict: The campaign is still sending (code campaign_not_over), or it has sent nothing
                (nothing_to_retry).
        """
        until = self._pace.clock() + seconds
        with self._admitted(org_id):
            campaign = await load_campaign(self._database, org_id, campaign_id)
            require_over(campaign.status)
            if campaign.body is None:
                raise nothing_to_retry()
            retry = Retry(campaign.id, campaign.retry_root or campaign.id, retryable_only)
            with acting_as(Identity("campaigns", org_id, current().user_id)):
                terms, audience = await self._dispatch.terms(), Audience(campaign.id, retry)
                quote = await self._quotes.quote(QuotedText(campaign.body), terms=terms)
                return await self._quoted(org_id, campaign.body, quote, audience, terms, until)

    async def _quoted(
        self, org_id: UUID, text: str, quote: Quote, audience: Audience, terms: Terms, until: float
    ) -> Quoted:
        own = await self._quotes.own_numbers()
        tally = Tally(parse(text, "message"), terms.smart_encoding, own)
        complete = await self._count_all(tally, org_id, audience, until)
        prices = await self._quotes.quote_counts(tally.messages, terms)
        version, foreign = terms.version_of(text), foreign_placeholders(text)
        return Quoted(version, quote, tally, prices, complete, foreign)

    async def _terms(self, campaign: Campaign) -> Terms:
        confirmed = None
        if campaign.status not in UNCONFIRMED:
            async with self._database.org(campaign.org_id) as connection:
                confirmed = await stored_terms.of_campaign(connection, campaign.org_id, campaign.id)
        return confirmed or await self._dispatch.terms()

    async def _count_all(
        self, tally: Tally, org_id: UUID, audience: Audience, until: float
    ) -> bool:
        try:
            return await self._count(tally, org_id, audience, until)
        except NotFound:
            message = "The campaign's contact list was deleted. Choose another list."
            raise Conflict(message, "campaign_not_startable") from None

    @contextmanager
    def _admitted(self, org_id: UUID) -> Iterator[None]:
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

    async def _count(self, tally: Tally, org_id: UUID, audience: Audience, until: float) -> bool:
        """Count the audience. Returns False if the time is over before all of it is counted."""
        async with aclosing(self._pages(org_id, audience)) as pages:
            async for page in pages:
                for start in range(0, len(page.recipients), _SLICE):
                    tally.add(page.recipients[start : start + _SLICE])
                    await asyncio.sleep(0)
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
