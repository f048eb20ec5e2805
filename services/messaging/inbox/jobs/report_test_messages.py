"""Report about test messages as Twilio would, and answer them as their recipients would.

The reports are applied, and the answers received, by the same code as those of real messages.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn
from services.messaging.accounts.domain import fixed_sender
from services.messaging.inbox.domain.from_address import parse_from_address
from services.messaging.inbox.domain.incoming_message import IncomingMessage
from services.messaging.inbox.usecases.receive_message import ReceiveMessage
from services.messaging.sending.domain.delivery_reports import DeliveryReport
from services.messaging.sending.domain.magic_numbers import provider_sid_of, scenario_of
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.storage import messages_in_test_mode
from services.messaging.sending.storage.messages_in_test_mode import PretendedMessage
from services.messaging.sending.storage.reports import DeliveryEvent
from services.messaging.sending.usecases.apply_reports import ApplyReports


class ReportTestMessages:
    """Moves each test message to the next status that its magic number stands for."""

    def __init__(self, database: Database, apply: ApplyReports, receive: ReceiveMessage) -> None:
        self._database = database
        self._apply = apply
        self._receive = receive
        self._items = JobItems(database, "messaging", "report-test-messages")

    async def run(self) -> None:
        """Report about all test messages that are due."""
        async with self._items.turn() as turn:
            while messages := await self._claim():
                answered = await self._answer(turn, messages)
                await turn.apply(answered, partial(self._report, messages))

    async def _claim(self) -> Mapping[Item, PretendedMessage]:
        async with self._database.system() as connection:
            claimed = await messages_in_test_mode.claim(connection)
        return {Item(str(message.id), message.org_id): message for message in claimed}

    async def _answer(
        self, turn: Turn, messages: Mapping[Item, PretendedMessage]
    ) -> Sequence[Item]:
        """Receive the replies to those of ``messages`` whose magic numbers reply, each reply once.

        Returns the messages without a reply, and those whose reply was received. The others stay
        ``sent`` until the reply can be received, because nothing would receive it after the last
        report.
        """
        return [
            item
            for item, message in messages.items()
            if await self._has_answered(turn, item, message)
        ]

    async def _has_answered(self, turn: Turn, item: Item, message: PretendedMessage) -> bool:
        reply = scenario_of(message.to).reply
        if not reply or message.status is not MessageStatus.SENT:
            return True
        answer = _answer_of(message, reply)
        return await turn.try_first(item, partial(self._receive.receive, message.org_id, answer))

    async def _report(
        self, messages: Mapping[Item, PretendedMessage], items: Sequence[Item]
    ) -> None:
        due = [messages[item] for item in items]
        reports = [report for message in due if (report := _report_of(message))]
        by_id = {message.id: message for message in due}
        async with self._database.system() as connection:
            events = [_event_of(by_id[report.message_id], report) for report in reports]
            moved = await self._apply.apply(connection, reports, events)
        await self._apply.follow_up(moved)


def _report_of(message: PretendedMessage) -> DeliveryReport | None:
    """Return the next report about a message. None if its magic number causes no more reports."""
    scenario = scenario_of(message.to)
    status = scenario.status_after(message.status)
    if status is None:
        return None
    code = scenario.error_code if status is scenario.ends_as else None
    return DeliveryReport(
        message.id, status, code, provider_sid_of(message.id), fixed_sender.NUMBER
    )


def _event_of(message: PretendedMessage, report: DeliveryReport) -> DeliveryEvent:
    status = str(report.status)
    return DeliveryEvent(
        message.org_id,
        message.id,
        status,
        report.error_code,
        {"MessageSid": provider_sid_of(message.id), "MessageStatus": status, "source": "test"},
        datetime.now(UTC),
        message.keeps_payload,
    )


def _answer_of(message: PretendedMessage, reply: str) -> IncomingMessage:
    now = datetime.now(UTC)
    return IncomingMessage(
        provider_sid=provider_sid_of(uuid5(NAMESPACE_OID, f"answer to {message.id}")),
        from_address=parse_from_address(message.to),
        to=fixed_sender.NUMBER,
        body=reply,
        segments=1,
        received_at=now,
        sent_at=now,
    )
