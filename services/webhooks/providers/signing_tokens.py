"""The signing tokens of Twilio accounts, remembered so that callbacks need no call of ours."""

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
"""Asks for an account; None where there is none. Raises ``Unavailable``."""

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
    """Remembers accounts.

    Known accounts are remembered for five minutes, and for as long as messaging is away; unknown
    ones for half a minute, apart from the others so that a flood of invented ids pushes nobody
    out. An account whose tokens can't be had, although messaging answers, keeps no other one from
    being asked for.
    """

    def __init__(self, find: Find, clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._known: LRUCache[str, _Known] = LRUCache(_MAX_KNOWN)
        self._unknown: TTLCache[str, None] = TTLCache(_MAX_UNKNOWN, _UNKNOWN_SECONDS, clock)
        self._asking: dict[str, asyncio.Task[TwilioAccount | None]] = {}
        self._away_until = 0.0

    async def of(self, account_sid: str) -> TwilioAccount | None:
        """The account; None where there is none.

        Raises ``Unavailable`` where it is not remembered and messaging is away.
        """
        known = self._known.get(account_sid)
        if known is None:
            return None if account_sid in self._unknown else await self._ask(account_sid)
        if self._age(known) < _KNOWN_SECONDS:
            return known.account
        try:
            return await self._ask(account_sid)
        except Unavailable:
            return known.account

    async def newer(self, account_sid: str) -> TwilioAccount | None:
        """The account asked for anew, as after a rotation; None where that tells nothing new.

        An account is asked for once in five seconds at the most, however many bad signatures
        come in.
        """
        known = self._known.get(account_sid)
        if known is None or self._age(known) < _REFRESH_SECONDS:
            return None
        try:
            account = await self._ask(account_sid)
        except Unavailable:
            return None
        return None if account == known.account else account

    async def _ask(self, account_sid: str) -> TwilioAccount | None:
        """Ask, once for all requests that want to know it at the same time."""
        asking = self._asking.get(account_sid)
        if asking is None:
            asking = self._asking[account_sid] = asyncio.create_task(self._find_out(account_sid))
            asking.add_done_callback(lambda _: self._asking.pop(account_sid))
        return await asyncio.shield(asking)

    async def _find_out(self, account_sid: str) -> TwilioAccount | None:
        # While messaging is away one request in a second finds out; the others need not wait.
        if self._clock() < self._away_until:
            raise Unavailable("The account's tokens can't be had now.")
        try:
            account = await self._find(account_sid)
        except Blocked:
            log.warning("tokens_blocked", account_sid=account_sid)
            raise
        except Unavailable:
            log.warning("messaging_away")
            self._away_until = self._clock() + _AWAY_SECONDS
            raise
        self._remember(account_sid, account)
        return account

    def _remember(self, account_sid: str, account: TwilioAccount | None) -> None:
        if account is None:
            self._known.pop(account_sid, None)
            self._unknown[account_sid] = None
        else:
            self._unknown.pop(account_sid, None)
            self._known[account_sid] = _Known(account, self._clock())

    def _age(self, known: _Known) -> float:
        return self._clock() - known.found_at
