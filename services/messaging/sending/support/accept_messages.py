"""Accept messages: store them, charge them all at once, and let senders claim them.

A message that is stored and not charged is never sent, so a crash at any point costs nothing. After
a crash the caller submits the messages again, or a job discards them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance, InvalidInput
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.limits import (
    CAP_REACHED,
    Limits,
    Refusal,
    count_beyond_cap,
)
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.recipients import INSUFFICIENT_BALANCE
from services.messaging.sending.domain.registered_senders import UNREGISTERED
from services.messaging.sending.domain.retries import already_sending
from services.messaging.sending.domain.sending_hold import sending_held
from services.messaging.sending.providers.charges import Charges
from services.messaging.sending.storage import acceptance, counts, sending_hold, skips, spending
from services.messaging.sending.storage.message_events import NewStatus
from services.messaging.sending.storage.tally import Tally
from services.messaging.sending.support.registered_senders import RegisteredSenders


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which messages of a call are accepted, and why the others are not.

    `ids` are the accepted messages by E.164 phone number. `refused` are the phone numbers that the
    organisation's limits or US carriers do not allow. `insufficient_balance`: the balance did not
    cover all other messages. `elsewhere`: the client's operation already has a message to a phone
    number that this call does not contain. This call neither accepts that message nor charges it.
    """

    ids: Mapping[str, UUID]
    refused: Mapping[str, Refusal]
    insufficient_balance: bool
    elsewhere: bool

    @property
    def capped(self) -> bool:
        """Whether the organisation's daily spending limit did not cover all messages."""
        return CAP_REACHED in self.refused.values()

    @property
    def unregistered(self) -> bool:
        """Whether US carriers would refuse messages, because the phone number isn't registered."""
        return UNREGISTERED in self.refused.values()

    def reason(self, phone: str) -> Refusal:
        """Return why the message to `phone` is not accepted."""
        return self.refused.get(phone) or INSUFFICIENT_BALANCE

    def require(self, phone: str, field: str) -> UUID:
        """Return the id of the message to `phone`.

        Raises:
            InsufficientBalance: The balance does not cover the message.
            InvalidInput: The message is refused; the error names `field`.
            Conflict: already_sending.
        """
        if phone in self.ids:
            return self.ids[phone]
        refusal = self.refused.get(phone)
        if refusal is not None:
            raise InvalidInput.of(field, refusal.message, refusal.code)
        if self.elsewhere:
            raise already_sending()
        raise InsufficientBalance(INSUFFICIENT_BALANCE.message)


class AcceptMessages:
    """Accepts messages of any origin: single ones, batches and chunks of campaigns."""

    def __init__(self, database: Database, charges: Charges, senders: RegisteredSenders) -> None:
        self._database = database
        self._charges = charges
        self._senders = senders

    async def accept(self, payer: Payer, drafts: Sequence[Draft], *, wake: bool = True) -> Accepted:
        """Accept `drafts` in order, as many as the limits allow and the payer's balance covers.

        Args:
            payer: Who pays, and the campaign that the messages belong to, if any.
            drafts: The messages. Those that an earlier call accepted are not charged again.
            wake: Whether to wake a sender for the messages.

        Raises:
            Unavailable: Billing does not answer, or sending_held. Nothing is sent then.
        """
        pinned = {d.phone: d.from_number for d in drafts if d.from_number}
        unregistered = await self._senders.refusals(payer.org_id, [d.phone for d in drafts], pinned)
        async with self._database.org(payer.org_id) as connection:
            if await sending_hold.find(connection):
                raise sending_held()
            limits = await spending.limits(connection, payer.org_id)
            refused = {**unregistered, **limits.refusals(drafts)}
            allowed = [d for d in drafts if d.phone not in refused]
            stored = await acceptance.store(connection, payer, allowed)
            beyond = await _reserve(connection, payer.org_id, stored, limits)
        refused |= {m.phone: CAP_REACHED for m in beyond}
        mine = [m for m in stored if not m.elsewhere and m.phone not in refused]
        fresh = {m.id: m.price_cents for m in mine if not m.charged}
        charged = await self._charges.take(payer, fresh) if fresh else frozenset()
        await self._release(payer, fresh, charged, wake)
        return Accepted(
            ids={m.phone: m.id for m in mine if m.charged or m.id in charged},
            refused=refused,
            insufficient_balance=len(charged) < len(fresh),
            elsewhere=any(m.elsewhere for m in stored),
        )

    async def _release(
        self, payer: Payer, fresh: Mapping[UUID, int], charged: frozenset[UUID], wake: bool
    ) -> None:
        not_covered = [message_id for message_id in fresh if message_id not in charged]
        async with self._database.org(payer.org_id) as connection:
            if not_covered:
                await acceptance.discard(connection, payer.org_id, not_covered)
            held = await counts.lock(connection, payer)
            prices = await acceptance.release(connection, payer.org_id, list(charged), held)
            tally = Tally()
            if payer.campaign_id and charged:
                # A recipient who was skipped before is now counted by their message instead.
                tally.skip(payer, await skips.remove(connection, payer, list(charged)), -1)
            tally.add(payer.org_id, payer.campaign_id, MessageStatus.PENDING, len(prices))
            tally.add(payer.org_id, payer.campaign_id, "spent_cents", sum(prices))
            if prices:
                of_event = payer.purpose is not None
                ids = sorted(charged)
                tally.tell(
                    *(NewStatus(payer.org_id, i, MessageStatus.PENDING, of_event) for i in ids)
                )
            if prices and wake:
                await wake_sender(connection, payer.org_id)
            await tally.write(connection)


async def _reserve(
    connection: AsyncConnection,
    org_id: UUID,
    stored: Sequence[acceptance.Stored],
    limits: Limits,
) -> Sequence[acceptance.Stored]:
    """Add new messages to what was spent today, and discard those beyond the daily limit.

    Messages that an earlier call stored are counted already. Call this last in a transaction,
    because other transactions wait for the row of the day.

    Returns:
        The discarded messages.
    """
    new = [message for message in stored if message.new]
    if not new:
        return ()
    prices = [message.price_cents for message in new]
    total = await spending.reserve(connection, org_id, sum(prices))
    if limits.daily_cap_cents is None or total <= limits.daily_cap_cents:
        return ()
    beyond = new[len(new) - count_beyond_cap(prices, total - limits.daily_cap_cents) :]
    await acceptance.discard(connection, org_id, [message.id for message in beyond])
    return beyond
