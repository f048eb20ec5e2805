"""Cache the signing tokens of Twilio accounts, so that most callbacks need no call to messaging."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from cachetools import LRUCache, TTLCache

from servicekit.errors import Blocked, Unavailable
from services.webhooks.providers.twilio_accounts import TwilioAccount

log = structlog.get_logger()

Find = Callable[[str], Awaitable[TwilioAccount | None]]
"""Fetches an account. Returns None for an unknown one. Raises ``Unavailable``."""

_KNOWN_SECONDS = 300.0
_UNKNOWN_SECONDS = 30.0
_REFRESH_SECONDS = 5.0
_AWAY_SECONDS = 1.0
_MAX_KNOWN = 10_000
_MAX_UNKNOWN = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    account: TwilioAccount
    found_at: float


class SigningTokens:
    """Caches Twilio accounts by SID, with the tokens for the signatures of their webhooks.

    A known account is cached for five minutes, and for longer while messaging can't be reached. An
    unknown SID is cached for half a minute, in a cache of its own: a flood of invented SIDs must
    not evict known accounts. If messaging can't provide one account, the others are still served.
    """

    def __init__(self, find: Find, clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._known: LRUCache[str, _Known] = LRUCache(_MAX_KNOWN)
        self._unknown: TTLCache[str, None] = TTLCache(_MAX_UNKNOWN, _UNKNOWN_SECONDS, clock)
        self._fetching: dict[str, asyncio.Task[TwilioAccount | None]] = {}
        self._away_until = 0.0

    async def get(self, account_sid: str) -> TwilioAccount | None:
        """Return an account, or None for an unknown SID.

        Raises:
            Unavailable: The account is not cached, and messaging can't be reached.
        """
        known = self._known.get(account_sid)
        if known is None:
            return None if account_sid in self._unknown else await self._fetch_once(account_sid)
        if self._age(known) < _KNOWN_SECONDS:
            return known.account
        try:
            return await self._fetch_once(account_sid)
        except Unavailable:
            return known.account

    async def refetch(self, account_sid: str) -> TwilioAccount | None:
        """Fetch a cached account again, for example after its token was rotated.

        An account is fetched at most once in five seconds, however many bad signatures arrive.

        Returns:
            The account if it has changed, otherwise None.
        """
        known = self._known.get(account_sid)
        if known is None or self._age(known) < _REFRESH_SECONDS:
            return None
        try:
            account = await self._fetch_once(account_sid)
        except Unavailable:
            return None
        return None if account == known.account else account

    async def _fetch_once(self, account_sid: str) -> TwilioAccount | None:
        """Fetch an account once for all requests that need it at the same time."""
        fetching = self._fetching.get(account_sid)
        if fetching is None:
            fetching = self._fetching[account_sid] = asyncio.create_task(self._fetch(account_sid))
            fetching.add_done_callback(lambda _: self._fetching.pop(account_sid))
        return await asyncio.shield(fetching)

    async def _fetch(self, account_sid: str) -> TwilioAccount | None:
        # While messaging can't be reached, only one request a second tries to call it; the others
        # fail at once.
        if self._clock() < self._away_until:
            raise Unavailable("The account's tokens are not available now.")
        try:
            account = await self._find(account_sid)
        except Blocked:
            log.warning("tokens_blocked", account_sid=account_sid)
            raise
        except Unavailable:
            log.warning("messaging_away")
            self._away_until = self._clock() + _AWAY_SECONDS
            raise
        self._cache(account_sid, account)
        return account

    def _cache(self, account_sid: str, account: TwilioAccount | None) -> None:
        if account is None:
            self._known.pop(account_sid, None)
            self._unknown[account_sid] = None
        else:
            self._unknown.pop(account_sid, None)
            self._known[account_sid] = _Known(account, self._clock())

    def _age(self, known: _Known) -> float:
        return self._clock() - known.found_at
