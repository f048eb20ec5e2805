"""The lease for setting up an organisation.

Only the request with the lease creates things at Twilio.

Twilio has no idempotency keys, so two requests at the same time, or one after a crash, would create
the same thing twice. If a request did not release its lease, the next request first looks at Twilio
for things that the interrupted request may have created.
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
# Twilio may take 26 seconds for a request. The last request under a lease must be finished before
# the next process checks which things exist at Twilio.
_LAST_REQUEST_SECONDS = 30.0


class SetupLeases:
    """Acquires and releases the leases for setting up organisations at Twilio."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def acquire(self, org_id: UUID) -> AsyncIterator[Lease]:
        """Acquire the lease of the organisation, which must have a row for its subaccount.

        The lease is released when the context ends. After ``OutcomeUnknown`` or a crash it expires
        instead, so that Twilio has time to finish. From shortly before the lease expires, no
        request to Twilio starts, even if this process was frozen until then.

        Raises:
            Unavailable: Another request has kept the lease for too long.
        """
        lease, deadline = await self._wait_for(org_id)
        try:
            with requests_begin_before(deadline):
                yield lease
        except OutcomeUnknown:
            raise
        except DomainError:
            await self._release(lease)
            raise
        await self._release(lease)

    async def _wait_for(self, org_id: UUID) -> tuple[Lease, Deadline]:
        """Return the lease, and the time after which no request to Twilio may start under it."""
        until = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < until:
            deadline = Deadline.after(subaccounts.LEASE_SECONDS - _LAST_REQUEST_SECONDS)
            lease = await self._acquire(org_id)
            if lease:
                return lease, deadline
            await asyncio.sleep(_POLL_SECONDS)
        raise Unavailable(
            "Your Twilio account is still being set up. Try again in a minute.",
            "provider_unavailable",
        )

    async def _acquire(self, org_id: UUID) -> Lease | None:
        async with self._database.org(org_id) as connection:
            return await subaccounts.acquire_lease(connection, org_id)

    async def _release(self, lease: Lease) -> None:
        async with self._database.org(lease.org_id) as connection:
            await subaccounts.release_lease(connection, lease)
