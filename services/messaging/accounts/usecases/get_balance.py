"""Get the balance of an organisation's account at Twilio."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import DomainError, Unavailable
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.storage import account_balance
from services.messaging.accounts.storage.account_balance import KnownBalance
from services.messaging.accounts.support.credentials import SendingAccounts

log = structlog.get_logger()

# Seconds for which other requests wait while the first one asks Twilio.
_WAIT_SECONDS = 3.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class CurrentBalance:
    """The balance at Twilio. ``stale``: it may be old, because Twilio could not be asked."""

    known: KnownBalance
    stale: bool


class GetBalance:
    """Get balances at Twilio, and store them for ``max_age_seconds``."""

    def __init__(
        self,
        database: Database,
        twilio: TwilioAccounts,
        accounts: SendingAccounts,
        max_age_seconds: int,
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts
        self._max_age = max_age_seconds

    async def get(self, org_id: UUID) -> CurrentBalance:
        """Return the organisation's balance at Twilio, or the last known one.

        Raises:
            NotFound: no_subaccount.
            Unavailable: No balance is known yet.
        """
        account = await self._accounts.for_org(org_id)
        async with self._database.org(org_id) as connection:
            claimed = await account_balance.claim(connection, org_id, self._max_age)
        if claimed:
            try:
                balance, currency = await self._twilio.balance(account)
            except DomainError as error:
                log.warning("balance_not_fetched", org_id=str(org_id), error=repr(error))
            else:
                async with self._database.org(org_id) as connection:
                    await account_balance.store(connection, org_id, balance, currency)
        known = await self._known(org_id, wait=not claimed)
        return CurrentBalance(known, stale=known.age_seconds >= self._max_age)

    async def _known(self, org_id: UUID, *, wait: bool) -> KnownBalance:
        deadline = time.monotonic() + (_WAIT_SECONDS if wait else 0)
        while True:
            async with self._database.org(org_id) as connection:
                known = await account_balance.find(connection, org_id)
            if known:
                return known
            if time.monotonic() >= deadline:
                raise Unavailable(
                    "The Twilio balance is not available yet. Try again in a minute.",
                    "provider_unavailable",
                )
            await asyncio.sleep(_POLL_SECONDS)
