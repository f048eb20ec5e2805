"""Apply the provider's word on messages, from callbacks and from asking."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.outbox import announce
from servicekit.errors import DomainError
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.statuses import OPTED_OUT, Report, furthest
from services.messaging.sending.storage import reports as storage
from services.messaging.sending.storage.counts import Tally
from services.messaging.sending.storage.reports import Event, Moved
from services.messaging.sending.usecases.hand_over import moved_events
from services.messaging.sending.usecases.refund_messages import RefundMessages

log = structlog.get_logger()


class ApplyReports:
    """Moves messages forward. Applying a report again, or an older one, changes nothing."""

    def __init__(self, recipients: Recipients, refunds: RefundMessages, ask_after: float) -> None:
        self._recipients = recipients
        self._refunds = refunds
        self._ask_after = ask_after

    async def __call__(
        self, connection: AsyncConnection, reports: Iterable[Report], events: Sequence[Event]
    ) -> Sequence[Moved]:
        """Keep ``events`` and apply ``reports`` in this transaction; the messages that moved.

        Hand the result to :meth:`follow_up` once the transaction has committed.
        """
        if events:
            await storage.keep(connection, events)
        decisive = list(furthest(reports).values())
        moved = await storage.apply(connection, decisive, self._ask_after)
        await storage.keep_last(connection, events)
        tally = Tally()
        tally.move(m.move for m in moved)
        for message in moved:
            if message.error_code == OPTED_OUT and message.move.failed:
                tally.add(message.move.org_id, message.move.campaign_id, "opted_out")
        await announce(connection, *moved_events(tally))
        await tally.write(connection)
        return moved

    async def follow_up(self, moved: Sequence[Moved]) -> None:
        """Refund what never left, and opt out whom the provider says has opted out.

        Both are found again should this be cut off: refunds are flagged, and the provider keeps
        refusing.
        """
        for org_id, messages in _by_org(moved).items():
            try:
                await self._follow_up(org_id, messages)
            except DomainError as error:  # of this organisation's alone: the others go on
                log.warning("follow_up_waits", org_id=str(org_id), error=repr(error))

    async def _follow_up(self, org_id: UUID, messages: Sequence[Moved]) -> None:
        failed = [m.id for m in messages if m.move.now == "failed"]
        if failed:
            await self._refunds(org_id, failed)
        phones = [m.to for m in messages if m.error_code == OPTED_OUT]
        if phones:
            await self._recipients.opt_out(org_id, phones, None)


def _by_org(moved: Iterable[Moved]) -> dict[UUID, list[Moved]]:
    grouped: dict[UUID, list[Moved]] = {}
    for message in moved:
        grouped.setdefault(message.move.org_id, []).append(message)
    return grouped
