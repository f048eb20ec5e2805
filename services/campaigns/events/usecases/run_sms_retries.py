"""Carry out the retries of events' failed messages that users have started, batch by batch.

Each batch is stored before its messages are sent again. After a crash, messages of the batch that
are no longer listed as failed were sent before the crash. They are only counted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.campaigns.common.storage import clock
from services.campaigns.events.domain.event_rules import require_notifiable
from services.campaigns.events.domain.sms_retry_reasons import (
    EVENT_DELETED,
    INSUFFICIENT_BALANCE,
)
from services.campaigns.events.providers.attendee_messages import (
    AttendeeMessages,
    FailedMessage,
    RetryPage,
)
from services.campaigns.events.storage import attendees, events, sms_retries
from services.campaigns.events.storage.events import Viewer
from services.campaigns.events.storage.sms_retries import BatchResult, RetryStatus, SmsRetry
from services.campaigns.events.support.attempt_retry import RetriedMessage, attempt_retry

_RETRIES = 100
_BATCH = 20
_AT_ONCE = 5

_NO_NUMBER = "The attendee has no phone number. Add one, then retry the message."
_DELETED = "The attendee was deleted and can't get messages."


class RunSmsRetries:
    """Carries out running retries, a batch of each in turn, so a long retry delays no others."""

    def __init__(self, database: Database, messages: AttendeeMessages) -> None:
        self._database = database
        self._messages = messages

    async def run_all(self) -> None:
        """Carry out all running retries until they have ended."""
        async with JobItems(self._database, "campaigns", "retry-event-texts").turn() as turn:
            some = True
            while some:
                async with self._database.system() as connection:
                    retries = await sms_retries.running(connection, _RETRIES)
                some = False
                for retry in retries:
                    item = Item(str(retry.id), retry.org_id)
                    some |= bool(await turn.attempt(item, partial(self._advance, retry)))

    async def _advance(self, retry: SmsRetry) -> bool:
        """Send the next batch of a retry again. Returns False when the retry has ended."""
        # Whether the user may send was checked when they started the retry.
        user = Identity("campaigns", retry.org_id, retry.created_by, email_verified=True)
        with acting_as(user):
            if reason := await self._obstacle(retry):
                return await self._end(retry, reason)
            failed = await self._failed(retry)
            batch = retry.batch or [each.message_id for each in failed]
            if not batch:
                return await self._end(retry, None)
            return await self._try(retry, batch, failed)

    async def _try(
        self, retry: SmsRetry, batch: Sequence[UUID], failed: Sequence[FailedMessage]
    ) -> bool:
        async with self._database.org(retry.org_id) as connection:
            if not await sms_retries.begin_batch(connection, retry, batch):
                return False
            phones = await attendees.phones(
                connection, retry.org_id, retry.event_id, {each.attendee_id for each in failed}
            )
        to_try = [each for each in failed if each.message_id in batch]
        results = await self._send(retry, to_try, phones)
        refusals = [each.error for each in results if each.error]
        result = BatchResult(len(batch) - len(refusals), refusals)
        async with self._database.org(retry.org_id) as connection:
            stored = await sms_retries.end_batch(connection, retry, batch[-1], result)
        if any(each.insufficient_balance for each in results):
            return await self._end(retry, INSUFFICIENT_BALANCE)
        return stored

    async def _send(
        self,
        retry: SmsRetry,
        failed: Sequence[FailedMessage],
        phones: Mapping[UUID, str | None],
    ) -> Sequence[RetriedMessage]:
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def attempt(message: FailedMessage) -> RetriedMessage:
            phone = phones.get(message.attendee_id)
            if phone is None:
                known = message.attendee_id in phones
                return RetriedMessage(message.message_id, None, _NO_NUMBER if known else _DELETED)
            async with at_once:
                return await attempt_retry(self._messages, message, phone, retry.force)

        return await asyncio.gather(*map(attempt, failed))

    async def _failed(self, retry: SmsRetry) -> Sequence[FailedMessage]:
        until = retry.batch[-1] if retry.batch else retry.until_message_id
        page = RetryPage(retry.event_id, retry.attendee_ids, retry.after_message_id, until)
        return await self._messages.retryable_of_event(page, _BATCH)

    async def _obstacle(self, retry: SmsRetry) -> str | None:
        """Return why the event's attendees may get no more messages, or None if they may."""
        viewer = Viewer(retry.org_id, retry.created_by, owns_all=False)
        async with self._database.org(retry.org_id) as connection:
            event = await events.find(connection, viewer, retry.event_id)
            now = await clock.now(connection)
        if event is None:
            return EVENT_DELETED
        try:
            require_notifiable(event.status, event.end, now)
        except Conflict as conflict:
            return conflict.code
        return None

    async def _end(self, retry: SmsRetry, reason: str | None) -> bool:
        async with self._database.org(retry.org_id) as connection:
            status: RetryStatus = "stopped" if reason else "done"
            await sms_retries.finish(connection, retry.org_id, retry.id, status, reason)
        return False
