"""The lease on an organisation's setup: one request at a time makes things at Twilio for it.

Twilio knows no idempotency key, so two requests at once, or one that follows a crash, would make
the same thing twice. Who holds the lease makes it alone; whoever finds that the last holder did
not give it back looks at Twilio first for what that one may have left.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import DomainError, Unavailable
from servicekit.outbound.deadlines import Deadline, requests_begin_before
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.storage.subaccounts import Lease
from services.messaging.common.providers.twilio_http import OutcomeUnknown

_WAIT_SECONDS = 12.0
_POLL_SECONDS = 0.1
# Twilio itself may take 26 seconds over a request. Before the next holder looks at what it has, it
# must have finished the last request of this one.
_LAST_REQUEST_SECONDS = 30.0


class SetupLeases:
    """Gives out the leases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def held(self, org_id: UUID) -> AsyncIterator[Lease]:
        """Hold the lease of the organisation, whose account must have been intended.

        It is given back at the end, but not after ``OutcomeUnknown`` or a crash: then Twilio has
        the rest of it to finish what it may be doing. No request to Twilio begins when little of
        the lease is left, however long this process was frozen. Raises ``Unavailable`` when
        another holder takes too long.
        """
        lease, deadline = await self._wait_for(org_id)
        try:
            with requests_begin_before(deadline):
                yield lease
        except OutcomeUnknown:
            raise
        except DomainError:
            await self._give_back(lease)
            raise
        await self._give_back(lease)

    async def _wait_for(self, org_id: UUID) -> tuple[Lease, Deadline]:
        """The lease, and the moment after which no request begins under it."""
        until = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < until:
            deadline = Deadline.after(subaccounts.LEASE_SECONDS - _LAST_REQUEST_SECONDS)
            lease = await self._take(org_id)
            if lease:
                return lease, deadline
            await asyncio.sleep(_POLL_SECONDS)
        raise Unavailable(
            "Your Twilio account is still being set up. Try again in a minute.",
            "provider_unavailable",
        )

    async def _take(self, org_id: UUID) -> Lease | None:
        async with self._database.org(org_id) as connection:
            return await subaccounts.take_lease(connection, org_id)

    async def _give_back(self, lease: Lease) -> None:
        async with self._database.org(lease.org_id) as connection:
            await subaccounts.give_back(connection, lease)
