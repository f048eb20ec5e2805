"""Schedule a single text or a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.domain.recipients import RefusedNumber, distinct, parse_phone
from services.messaging.sending.domain.scheduled_sends import (
    ScheduledKind,
    ScheduledSend,
    SendLater,
    When,
)
from services.messaging.sending.support.scheduling import Scheduling, require_scheduled


@dataclass(frozen=True, slots=True)
class ScheduledBatch:
    """The batch that was stored, and the phone numbers that get no text.

    The batch is None if no number can be texted.
    """

    send: ScheduledSend | None
    failures: Sequence[RefusedNumber]


class ScheduleMessages:
    """Schedules single texts and batches."""

    def __init__(self, scheduling: Scheduling) -> None:
        self._scheduling = scheduling

    async def schedule_text(
        self, payer: Payer, to: str, content: Content, when: When, price_version: str | None
    ) -> ScheduledSend:
        """Schedule `content` to one phone number.

        Raises what `Scheduling.schedule` raises, and:

        Raises:
            InvalidInput: The phone number can't be texted.
        """
        phone = parse_phone("to", to)
        request = SendLater(
            payer,
            ScheduledKind.TEXT,
            when,
            content.body,
            {to: phone},
            content.media_urls,
            content.options,
            price_version=price_version,
        )
        return require_scheduled(await self._scheduling.schedule(request), "to")

    async def schedule_batch(
        self,
        payer: Payer,
        numbers: Sequence[str],
        content: Content,
        when: When,
        price_version: str | None,
    ) -> ScheduledBatch:
        """Schedule `content` to each phone number that can be texted.

        Raises the errors of `Scheduling.schedule`.
        """
        phones, failures = distinct(numbers)
        request = SendLater(
            payer,
            ScheduledKind.BATCH,
            when,
            content.body,
            phones,
            content.media_urls,
            content.options,
            price_version=price_version,
        )
        scheduled = await self._scheduling.schedule(request)
        return ScheduledBatch(scheduled.send, [*failures, *scheduled.refused.items()])
