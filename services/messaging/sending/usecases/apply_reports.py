"""Apply delivery reports to messages, from callbacks and from polling Twilio."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import DomainError
from servicekit.modes import is_test
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.delivery_reports import DeliveryReport, furthest
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.twilio_codes import RECIPIENT_OPTED_OUT
from services.messaging.sending.storage import reports as storage
from services.messaging.sending.storage.reports import DeliveryEvent, MovedMessage
from services.messaging.sending.storage.tally import Tally
from services.messaging.sending.support.due_refunds import DueRefunds
from services.messaging.sending.support.ended_messages import DELIVERED, ENDED

log = structlog.get_logger()

_ENDS = (MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED)


class ApplyReports:
    """Changes the status of messages as Twilio reports it.

    Applying a report again, or an older one, changes nothing.
    """

    def __init__(self, recipients: Recipients, refunds: DueRefunds, ask_after: float) -> None:
        self._recipients = recipients
        self._refunds = refunds
        self._ask_after = ask_after

    async def apply(
        self,
        connection: AsyncConnection,
        reports: Iterable[DeliveryReport],
        events: Sequence[DeliveryEvent],
    ) -> Sequence[MovedMessage]:
        """Store `events` and apply `reports`, in the caller's transaction.

        Returns:
            The messages whose status has changed, for `follow_up` once the transaction has
                committed.
        """
        if events:
            await storage.store_events(connection, events)
        decisive = list(furthest(reports).values())
        moved = await storage.apply(connection, decisive, self._ask_after)
        await storage.store_last_payloads(connection, events)
        tally = Tally()
        tally.move(m.move for m in moved)
        for message in moved:
            if message.error_code == RECIPIENT_OPTED_OUT and message.move.failed:
                tally.add(message.move.org_id, message.move.campaign_id, "opted_out")
        await tally.announce_and_write(connection)
        return moved

    async def follow_up(self, moved: Sequence[MovedMessage]) -> None:
        """Refund messages that were not sent, and opt out people whom Twilio reports as opted out.

        Nothing is lost if this is interrupted, because refunds are flagged, and Twilio refuses the
        next message to the person too.
        """
        _measure(message for message in moved if not is_test(message.move.org_id))
        for org_id, messages in _by_org(moved).items():
            try:
                await self._follow_up(org_id, messages)
            except DomainError as error:  # only this organisation's; the others go on
                log.warning("follow_up_waits", org_id=str(org_id), error=repr(error))

    async def _follow_up(self, org_id: UUID, messages: Sequence[MovedMessage]) -> None:
        failed = [m.id for m in messages if m.move.now == MessageStatus.FAILED]
        if failed:
            await self._refunds.refund(org_id, failed)
        phones = [m.to for m in messages if m.error_code == RECIPIENT_OPTED_OUT]
        if phones:
            await self._recipients.opt_out(org_id, phones, None)


def _measure(moved: Iterable[MovedMessage]) -> None:
    for message in moved:
        status = message.move.now
        if status in _ENDS:
            ENDED.labels(status).inc()
        if status == MessageStatus.DELIVERED and message.delivery_seconds is not None:
            DELIVERED.observe(message.delivery_seconds)


def _by_org(moved: Iterable[MovedMessage]) -> dict[UUID, list[MovedMessage]]:
    grouped: dict[UUID, list[MovedMessage]] = {}
    for message in moved:
        grouped.setdefault(message.move.org_id, []).append(message)
    return grouped
