"""Schedule a single text or a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.messaging.sending.domain.batches import (
    Duplicate,
    Entry,
    Outcome,
    Refused,
    WaitingText,
    sort_entries,
)
from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.domain.scheduled_sends import (
    NOT_SCHEDULED,
    LaterRecipient,
    ScheduledKind,
    ScheduledSend,
    SendLater,
    When,
)
from services.messaging.sending.support.batch_numbers import numbers_of
from services.messaging.sending.support.scheduling import Scheduling, require_scheduled


@dataclass(frozen=True, slots=True)
class ScheduledBatch:
    """The batch that was stored, and its outcome for each recipient.

    The batch is None if no recipient can be texted.
    """

    send: ScheduledSend | None
    outcomes: Sequence[Outcome]


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
        recipient = LaterRecipient(to, parse_phone("to", to))
        request = SendLater(
            payer,
            ScheduledKind.TEXT,
            when,
            content.body,
            {0: recipient},
            content.media_urls,
            content.options,
            price_version=price_version,
        )
        return require_scheduled(await self._scheduling.schedule(request), "to")

    async def schedule_batch(
        self,
        payer: Payer,
        entries: Sequence[Entry],
        content: Content,
        when: When,
        price_version: str | None,
    ) -> ScheduledBatch:
        """Schedule `content`, or a recipient's own text, to each recipient who can be texted.

        Raises the errors of `Scheduling.schedule`.
        """
        found = sort_entries(entries, await numbers_of(entries), {})
        request = SendLater(
            payer,
            ScheduledKind.BATCH,
            when,
            content.body,
            {
                at: LaterRecipient(entries[at].number, phone, entries[at].own)
                for at, phone in {**found.phones, **found.unfilled}.items()
            },
            content.media_urls,
            content.options,
            price_version=price_version,
            refused={at: found.outcomes[at].why for at in found.unfilled},
        )
        scheduled = await self._scheduling.schedule(request)
        outcomes = [
            _outcome(entry, found.outcomes.get(at), scheduled.outcomes.get(at))
            for at, entry in enumerate(entries)
        ]
        return ScheduledBatch(scheduled.send, outcomes)


def _outcome(
    entry: Entry, sorted_out: Refused | Duplicate | None, stored: WaitingText | Refusal | None
) -> Outcome:
    """Return the outcome of the request for a recipient."""
    if isinstance(stored, WaitingText):
        return stored
    return sorted_out or entry.refuse(stored or NOT_SCHEDULED)
