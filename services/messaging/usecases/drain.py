"""Drain an organisation's queue: claim, hand over, again, as fast as its rate allows."""

import time
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.providers.twilio_messages import Outgoing
from services.messaging.storage import sending
from services.messaging.storage.sending import Batch
from services.messaging.usecases.hand_over import HandOver

_SLICE_SECONDS = 5.0
"""After so long another organisation gets its turn."""


class Drain:
    """Sends what organisations have waiting."""

    def __init__(self, database: Database, hand_over: HandOver) -> None:
        self._database = database
        self._hand_over = hand_over

    async def __call__(self, org_id: UUID) -> float | None:
        """Send due messages of ``org_id`` for a while.

        None: nothing is due any more. Otherwise the seconds after which to come again.
        """
        deadline = time.monotonic() + _SLICE_SECONDS
        while time.monotonic() < deadline:
            batch = await self._claim(org_id)
            if batch.wait_seconds:
                return batch.wait_seconds
            if not batch.messages:
                return None
            outgoing = [Outgoing(m.id, m.to, m.body, m.attempts) for m in batch.messages]
            await self._hand_over(org_id, outgoing)
        return 0.01

    async def _claim(self, org_id: UUID) -> Batch:
        async with self._database.org(org_id) as connection:
            return await sending.claim(connection, org_id, self._hand_over.pace)
