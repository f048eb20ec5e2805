"""Ask Twilio about messages without recent reports, because callbacks can be lost."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.delivery_reports import DeliveryReport
from services.messaging.sending.domain.message_status import AWAITING_REPORT, from_twilio
from services.messaging.sending.providers.twilio_reader import ProviderMessage, TwilioReader
from services.messaging.sending.storage import open_messages
from services.messaging.sending.storage.open_messages import OpenMessage, Polling
from services.messaging.sending.storage.reports import DeliveryEvent, MovedMessage
from services.messaging.sending.usecases.apply_reports import ApplyReports

_JOB = "poll-open"
_AT_ONCE = 16
_BATCH = 200


class PollOpen:
    """Updates messages that Twilio has accepted and whose status is not final."""

    def __init__(
        self,
        database: Database,
        reader: TwilioReader,
        accounts: SendingAccounts,
        apply: ApplyReports,
        ask_after: float,
    ) -> None:
        self._database = database
        self._reader = reader
        self._accounts = accounts
        self._apply = apply
        self._polling = Polling(_JOB, AWAITING_REPORT, _BATCH, ask_after * 5)
        self._items = JobItems(database, "messaging", _JOB)

    async def run(self) -> None:
        """Ask Twilio about all due messages, batch by batch."""
        async with self._items.turn() as turn:
            while True:
                async with self._database.system() as connection:
                    messages = await open_messages.claim(connection, self._polling)
                await self._update(turn, await self._ask_all(turn, messages))
                if len(messages) < _BATCH:
                    return

    async def _ask_all(
        self, turn: Turn, messages: Sequence[OpenMessage]
    ) -> dict[Item, tuple[OpenMessage, ProviderMessage]]:
        """Fetch the messages from Twilio.

        Those that can't be fetched are left out of the result.
        """
        limit = asyncio.Semaphore(_AT_ONCE)
        found: dict[Item, tuple[OpenMessage, ProviderMessage]] = {}

        async def ask(item: Item, message: OpenMessage) -> None:
            async with limit:
                account = await self._accounts.for_org(message.org_id)
                answer = await self._reader.fetch(account, message.provider_sid or "")
                if answer:
                    found[item] = (message, answer)

        items = [(Item(str(message.id), message.org_id), message) for message in messages]
        await asyncio.gather(*(turn.try_first(item, partial(ask, item, m)) for item, m in items))
        return found

    async def _update(
        self, turn: Turn, found: dict[Item, tuple[OpenMessage, ProviderMessage]]
    ) -> None:
        moved: list[MovedMessage] = []

        async def apply(items: Sequence[Item]) -> None:
            answers = [found[item] for item in items]
            async with self._database.system() as connection:
                applied = await self._apply.apply(
                    connection,
                    [_report(message, answer) for message, answer in answers],
                    [_event(message, answer) for message, answer in answers],
                )
            moved.extend(applied)

        await turn.apply(list(found), apply)
        await self._apply.follow_up(moved)


def _report(message: OpenMessage, answer: ProviderMessage) -> DeliveryReport:
    status = from_twilio(answer.status)
    return DeliveryReport(message.id, status, answer.error_code, answer.sid, answer.from_number)


def _event(message: OpenMessage, answer: ProviderMessage) -> DeliveryEvent:
    return DeliveryEvent(
        message.org_id,
        message.id,
        answer.status,
        answer.error_code,
        {"MessageSid": answer.sid, "MessageStatus": answer.status, "source": "poll"},
        datetime.now(UTC),
        message.keeps_payload,
    )
