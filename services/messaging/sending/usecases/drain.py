"""Claim an organisation's due messages and hand them over, as fast as its rate allows."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import Blocked
from services.messaging.sending.domain.outgoing import Outgoing, expiry_of
from services.messaging.sending.domain.quiet_hours import SendingClock
from services.messaging.sending.storage import claims, quiet_hours
from services.messaging.sending.storage.claims import Batch, Claimed
from services.messaging.sending.support.hand_over import HandOver

_SLICE_SECONDS = 5.0
"""Seconds after which the next organisation gets its turn."""

_BLOCKED_SECONDS = 30.0
"""Seconds until a blocked organisation is tried again. Usually a send job arrives earlier."""


class Drain:
    """Claims and sends the due messages of organisations."""

    def __init__(self, database: Database, hand_over: HandOver) -> None:
        self._database = database
        self._hand_over = hand_over

    async def drain(self, org_id: UUID) -> float | None:
        """Send due messages of `org_id` for a while.

        Claims nothing if the organisation's credentials can't be decrypted.

        Returns:
            Seconds until the next call, or None if nothing is due.
        """
        try:
            await self._hand_over.accounts.sender_of(org_id)
        except Blocked:
            return _BLOCKED_SECONDS
        deadline = time.monotonic() + _SLICE_SECONDS
        while time.monotonic() < deadline:
            lease = self._hand_over.lease()
            batch, ready = await self._claim(org_id)
            if batch.wait_seconds:
                return batch.wait_seconds
            if not batch.messages:
                return None
            if ready:
                await self._hand_over.hand_over(org_id, ready, lease)
        return 0.01

    async def _claim(self, org_id: UUID) -> tuple[Batch, Sequence[Outgoing]]:
        """Claim due messages.

        Returns the batch, and those messages that may be sent at this hour.
        """
        async with self._database.org(org_id) as connection:
            batch = await claims.claim(connection, org_id, self._hand_over.pace)
            early = await _defer_early(connection, org_id, batch.messages)
        return batch, [
            Outgoing(
                m.id,
                m.to,
                m.body,
                m.attempts,
                m.from_number,
                m.campaign_id,
                m.smart_encoded,
                m.media_urls,
                expiry_of(m.valid_seconds),
                m.waited_seconds,
                m.traceparent,
            )
            for m in batch.messages
            if m.id not in early
        ]


async def _defer_early(
    connection: AsyncConnection, org_id: UUID, messages: Sequence[Claimed]
) -> Mapping[UUID, datetime]:
    """Defer messages of campaigns whose sending window has closed since they were accepted.

    Returns:
        The time at which the window of each message opens again, by message id.
    """
    of_campaigns = [m for m in messages if m.campaign_id]
    if not of_campaigns:
        return {}
    hours = await quiet_hours.of_org(connection, org_id)
    if not hours.enabled:
        return {}
    sending_clock = SendingClock(hours, await clock.now(connection), room=timedelta())
    openings = ((m.id, sending_clock.opens_at(m.time_zone, m.to)) for m in of_campaigns)
    early = {message_id: opens for message_id, opens in openings if opens}
    if early:
        await quiet_hours.defer(connection, org_id, early)
    return early
