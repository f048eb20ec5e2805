"""Finds out what became of messages whose fate is unknown: asks, and never sends blindly again.

Twilio takes no key that would make a repeated request safe, so after a request without an answer
its list is searched for the message. Found: it is ours. Not found although Twilio has had all the
time it needs: it was never taken, and may be sent.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from servicekit.bus.outbox import announce
from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import DomainError
from services.messaging.domain.statuses import Report, from_twilio
from services.messaging.providers.twilio_lookup import ProviderMessage, TwilioLookup
from services.messaging.storage import open_messages
from services.messaging.storage.counts import Tally
from services.messaging.storage.open_messages import Asking, OpenMessage
from services.messaging.usecases.apply_reports import ApplyReports
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.hand_over import moved_events
from services.messaging.usecases.wake_sender import wake_sender

log = structlog.get_logger()

_AT_ONCE = 8
_CLOCK_SKEW = timedelta(seconds=60)


class ResolveUnknown:
    """Resolves messages of unknown fate."""

    def __init__(
        self,
        database: Database,
        lookup: TwilioLookup,
        accounts: SendingAccounts,
        apply: ApplyReports,
        horizon_seconds: float,
    ) -> None:
        self._database = database
        self._lookup = lookup
        self._accounts = accounts
        self._apply = apply
        again = max(1.0, horizon_seconds / 10)
        self._asking = Asking(("unknown",), 500, again, horizon_seconds)

    async def __call__(self) -> None:
        """Ask about all that are due."""
        async with self._database.system() as connection:
            messages = await open_messages.take(connection, self._asking)
        # One recipient after the other: two texts of the same words to one person are told apart
        # by taking each listed message once.
        by_recipient: dict[tuple[UUID, str], list[OpenMessage]] = {}
        for message in messages:
            by_recipient.setdefault((message.org_id, message.to), []).append(message)
        limit = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._resolve(group, limit) for group in by_recipient.values()))

    async def _resolve(self, group: Sequence[OpenMessage], limit: asyncio.Semaphore) -> None:
        async with limit:
            for message in group:
                try:
                    await self._resolve_one(message)
                except (DomainError, DecryptionFailed) as error:
                    log.warning("provider_not_asked", message_id=str(message.id), error=repr(error))

    async def _resolve_one(self, message: OpenMessage) -> None:
        account = await self._accounts.for_org(message.org_id)
        since = message.attempted_at - _CLOCK_SKEW
        listed = await self._lookup.sent_to(account, message.to, since)
        candidates = [m for m in listed if message.is_body(m.body)]
        async with self._database.org(message.org_id) as connection:
            taken = await open_messages.claimed_sids(
                connection, message.org_id, [m.sid for m in candidates]
            )
        ours = [m for m in candidates if m.sid not in taken]
        if ours:
            await self._adopt(message, ours[-1])
        elif message.past_horizon:
            await self._send_again(message)

    async def _adopt(self, message: OpenMessage, found: ProviderMessage) -> None:
        status = from_twilio(found.status) or "queued"
        report = Report(message.id, status, found.error_code, found.sid, found.from_number)
        log.info("unknown_message_found", message_id=str(message.id), sid=found.sid)
        async with self._database.org(message.org_id) as connection:
            moved = await self._apply(connection, [report], ())
        await self._apply.follow_up(moved)

    async def _send_again(self, message: OpenMessage) -> None:
        log.info("unknown_message_was_not_taken", message_id=str(message.id))
        tally = Tally()
        async with self._database.org(message.org_id) as connection:
            tally.move(await open_messages.send_again(connection, message))
            await wake_sender(connection, message.org_id)
            await announce(connection, *moved_events(tally))
            await tally.write(connection)
