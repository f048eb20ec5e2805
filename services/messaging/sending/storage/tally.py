"""Collect the status changes of messages, and add them to the running counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.hints import Hint, Topic, note
from services.messaging.common.storage.tables import campaign_counts
from services.messaging.sending.domain.campaign_counts import CampaignCounts
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.message_status import MessageStatus, usage_of_move
from services.messaging.sending.domain.skips import SkipReason, count_of
from services.messaging.sending.storage import message_events
from services.messaging.sending.storage.message_events import NewStatus
from services.messaging.sending.storage.recount import recount
from services.messaging.sending.storage.usage import UsageTally
from smsblaster.messaging.v1 import events_pb2

_MOVABLE = [field.name for field in fields(CampaignCounts) if field.type is int]

_NEW = insert(campaign_counts)
_ADD = _NEW.on_conflict_do_update(
    index_elements=[campaign_counts.c.campaign_id],
    set_={name: campaign_counts.c[name] + _NEW.excluded[name] for name in _MOVABLE},
).returning(
    campaign_counts.c.campaign_id,
    campaign_counts.c.org_id,
    literal_column("old IS NULL").label("made"),
)


@dataclass(frozen=True, slots=True)
class Move:
    """The change of a message's status. `was` is None for a new message, `now` for a deleted one.

    `contact_id` and `event_id` are those of the conversation and the event that show the message.
    """

    org_id: UUID
    campaign_id: UUID | None
    was: MessageStatus | None
    now: MessageStatus | None
    contact_id: UUID | None = None
    event_id: UUID | None = None
    message_id: UUID | None = None

    @property
    def failed(self) -> bool:
        """Whether the message failed with this change."""
        return self.now == MessageStatus.FAILED != self.was


def move_of(
    row: Row[*tuple[Any, ...]],
    org_id: UUID,
    was: MessageStatus | None = None,
    now: MessageStatus | None = None,
) -> Move:
    """Return the change of a message, from the row that a statement of `transitions` returns.

    A status that is not given is read from the row.
    """
    return Move(
        org_id,
        row.campaign_id,
        was or MessageStatus(row.was),
        now or MessageStatus(row.now),
        row.contact_id,
        row.event_id,
        row.id,
    )


class Tally:
    """Collects changes of the counts of campaigns and of usage, and stores them together."""

    def __init__(self) -> None:
        self._added: dict[tuple[UUID, UUID], Counter[str]] = {}
        self._shown: set[Hint] = set()
        self._usage = UsageTally()
        self._told: list[NewStatus] = []

    def add(self, org_id: UUID, campaign_id: UUID | None, name: str, number: int = 1) -> None:
        """Add `number` to the count `name` of usage, and of the campaign if there is one."""
        self._usage.add(org_id, campaign_id, name, number)
        self._count(org_id, campaign_id, name, number)

    def add_opt_out(self, org_id: UUID, campaign_id: UUID | None) -> None:
        """Count an opt-out that answers a campaign. Does nothing if `campaign_id` is None."""
        self._count(org_id, campaign_id, "opt_outs", 1)

    def _count(self, org_id: UUID, campaign_id: UUID | None, name: str, number: int) -> None:
        if campaign_id:
            self._added.setdefault((campaign_id, org_id), Counter())[name] += number

    def skip(self, payer: Payer, added: Mapping[SkipReason, int], sign: int = 1) -> None:
        """Count skipped recipients of the payer's campaign; a `sign` of -1 subtracts them."""
        for reason, number in added.items():
            self._count(payer.org_id, payer.campaign_id, count_of(reason), sign * number)

    def move(self, moves: Iterable[Move]) -> None:
        """Move messages from the count of their old status to that of their new status."""
        alike: Counter[tuple[UUID, UUID | None, MessageStatus | None, MessageStatus | None]]
        alike = Counter()
        for move in moves:
            alike[move.org_id, move.campaign_id, move.was, move.now] += 1
            # A campaign's message starts no conversation, and there may be a million of them.
            if move.contact_id and not move.campaign_id:
                self._shown.add(Hint(move.org_id, Topic.CONVERSATION, move.contact_id))
            if move.event_id:
                self._shown.add(Hint(move.org_id, Topic.EVENT_MESSAGE, move.event_id))
            if move.message_id and move.now and move.now != move.was:
                of_event = move.event_id is not None
                self._told.append(NewStatus(move.org_id, move.message_id, move.now, of_event))
        for (org_id, campaign_id, was, now), number in alike.items():
            if was:
                self._count(org_id, campaign_id, _counted_as(was), -number)
            if now:
                self._count(org_id, campaign_id, _counted_as(now), number)
            for name in usage_of_move(was, now):
                self._usage.add(org_id, campaign_id, name, number)

    def tell(self, *told: NewStatus) -> None:
        """Publish customer events about new and received messages, which have no `Move`."""
        self._told += told

    async def announce_and_write(self, connection: AsyncConnection) -> None:
        """Tell the campaigns service which campaigns' counts have changed, then call `write`."""
        await announce(
            connection,
            *(
                (
                    subjects.CAMPAIGN_MOVED,
                    events_pb2.CampaignMoved(org_id=str(org_id), campaign_id=str(campaign_id)),
                )
                for campaign_id, org_id in self._campaigns()
            ),
        )
        await self.write(connection)

    async def write(self, connection: AsyncConnection) -> None:
        """Add the collected changes to the counts of campaigns and to usage.

        Call this last in a transaction, because other transactions wait for these rows.
        """
        await message_events.tell(connection, self._told)
        note(connection, *self._shown)
        rows = []
        for campaign_id, org_id in self._campaigns():
            note(connection, Hint(org_id, Topic.MESSAGE, campaign_id))
            added = self._added[campaign_id, org_id]
            row: dict[str, object] = {name: added[name] for name in _MOVABLE}
            rows.append({"campaign_id": campaign_id, "org_id": org_id, **row})
        if rows:
            counted = await connection.execute(_ADD, rows)
            made = [(row.campaign_id, row.org_id) for row in counted if row.made]
            await recount(connection, made)
        await self._usage.write(connection)

    def _campaigns(self) -> list[tuple[UUID, UUID]]:
        """List the campaigns with their organisations, in the order in which rows are locked."""
        return sorted((key for key in self._added), key=lambda key: key[0].bytes)


def _counted_as(status: MessageStatus) -> str:
    # A message that a sender has claimed still counts as pending. This saves an update per batch.
    return MessageStatus.PENDING if status == MessageStatus.SENDING else status
