"""Asks Twilio about messages that have gone without news: callbacks can be lost for good."""

import asyncio
from datetime import UTC, datetime

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import DomainError
from services.messaging.domain.statuses import Report, from_twilio
from services.messaging.providers.twilio_lookup import ProviderMessage, TwilioLookup
from services.messaging.storage import open_messages
from services.messaging.storage.open_messages import Asking, OpenMessage
from services.messaging.storage.reports import Event
from services.messaging.usecases.apply_reports import ApplyReports
from services.messaging.usecases.credentials import SendingAccounts

log = structlog.get_logger()

_AT_ONCE = 16
_BATCH = 200


class PollOpen:
    """Brings messages up to date that Twilio has and that are not final."""

    def __init__(
        self,
        database: Database,
        lookup: TwilioLookup,
        accounts: SendingAccounts,
        apply: ApplyReports,
        ask_after: float,
    ) -> None:
        self._database = database
        self._lookup = lookup
        self._accounts = accounts
        self._apply = apply
        self._asking = Asking(("queued", "sent"), _BATCH, ask_after * 5)

    async def __call__(self) -> None:
        """Ask about all that are due, batch by batch."""
        while True:
            async with self._database.system() as connection:
                messages = await open_messages.take(connection, self._asking)
            limit = asyncio.Semaphore(_AT_ONCE)
            found = await asyncio.gather(*(self._ask(message, limit) for message in messages))
            await self._bring_up_to_date([pair for pair in found if pair])
            if len(messages) < _BATCH:
                return

    async def _ask(
        self, message: OpenMessage, limit: asyncio.Semaphore
    ) -> tuple[OpenMessage, ProviderMessage] | None:
        async with limit:
            try:
                account = await self._accounts.for_org(message.org_id)
                found = await self._lookup.fetch(account, message.provider_sid or "")
            except (DomainError, DecryptionFailed) as error:
                log.warning("provider_not_asked", message_id=str(message.id), error=repr(error))
                return None
        return (message, found) if found else None

    async def _bring_up_to_date(self, found: list[tuple[OpenMessage, ProviderMessage]]) -> None:
        if not found:
            return
        async with self._database.system() as connection:
            moved = await self._apply(
                connection,
                [_report(message, answer) for message, answer in found],
                [_event(message, answer) for message, answer in found],
            )
        await self._apply.follow_up(moved)


def _report(message: OpenMessage, answer: ProviderMessage) -> Report:
    status = from_twilio(answer.status)
    return Report(message.id, status, answer.error_code, answer.sid, answer.from_number)


def _event(message: OpenMessage, answer: ProviderMessage) -> Event:
    return Event(
        message.org_id,
        message.id,
        answer.status,
        answer.error_code,
        {"MessageSid": answer.sid, "MessageStatus": answer.status, "source": "poll"},
        datetime.now(UTC),
        message.keeps_payload,
    )
