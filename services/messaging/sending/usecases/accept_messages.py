"""Accept messages: store them, charge them in one go, and let the senders have them.

Stored but uncharged messages are never sent, so a crash at any point costs nothing: the caller
brings the messages again, or a job gives up what was cut off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance, InvalidInput
from servicekit.rpc.client import RpcClient
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.limits import CAP_REACHED, Limits, Refusal, past_the_end
from services.messaging.sending.domain.registered_senders import UNREGISTERED
from services.messaging.sending.domain.retries import already_sending
from services.messaging.sending.storage import acceptance, counts, skips, spending
from services.messaging.sending.support.registered_senders import RegisteredSenders
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

BALANCE_TOO_LOW = "The balance does not cover this text. Add funds and try again."


@dataclass(frozen=True, slots=True)
class Accepted:
    """``ids``: the messages that are accepted now, by E.164 number.

    ``refused``: those that the organisation's own limits, or US carriers, do not allow, by number.
    ``short``: the balance did not cover all of the rest. ``elsewhere``: the operation has a message
    to another number, which is neither accepted nor paid for by this call.
    """

    ids: Mapping[str, UUID]
    refused: Mapping[str, Refusal]
    short: bool
    elsewhere: bool

    @property
    def capped(self) -> bool:
        """Whether the organisation's spending cap for the day did not cover all."""
        return CAP_REACHED in self.refused.values()

    @property
    def unregistered(self) -> bool:
        """Whether US carriers would refuse some, from senders that are not registered."""
        return UNREGISTERED in self.refused.values()

    def why_not(self, phone: str) -> Refusal:
        """Why the text to ``phone`` is not accepted."""
        return self.refused.get(phone) or Refusal("insufficient_balance", BALANCE_TOO_LOW)

    def require(self, phone: str, field: str) -> UUID:
        """The id of the message to ``phone``.

        Raises ``InsufficientBalance``, ``InvalidInput`` that names ``field``, or ``Conflict``
        already_sending.
        """
        if phone in self.ids:
            return self.ids[phone]
        refusal = self.refused.get(phone)
        if refusal is not None:
            raise InvalidInput.of(field, refusal.message, refusal.code)
        if self.elsewhere:
            raise already_sending()
        raise InsufficientBalance(BALANCE_TOO_LOW)


class AcceptMessages:
    """Accepts messages."""

    def __init__(
        self,
        database: Database,
        caller: RpcClient,
        charges: "charges_pb2_grpc.ChargeServiceAsyncStub",
        senders: RegisteredSenders,
    ) -> None:
        self._database = database
        self._caller = caller
        self._charges = charges
        self._senders = senders

    async def __call__(
        self, payer: Payer, drafts: Sequence[Draft], *, ring: bool = True
    ) -> Accepted:
        """Accept ``drafts`` in order, as far as the limits and the payer's balance reach.

        ``ring`` wakes a sender. Raises ``Unavailable`` where billing is away; nothing is sent then.
        """
        pinned = {d.phone: d.from_number for d in drafts if d.from_number}
        unregistered = await self._senders.refusals(payer.org_id, [d.phone for d in drafts], pinned)
        async with self._database.org(payer.org_id) as connection:
            limits = await spending.limits(connection, payer.org_id)
            refused = {**unregistered, **limits.refusals(drafts)}
            allowed = [d for d in drafts if d.phone not in refused]
            stored = await acceptance.store(connection, payer, allowed)
            beyond = await _reserve(connection, payer.org_id, stored, limits)
        refused |= {m.phone: CAP_REACHED for m in beyond}
        mine = [m for m in stored if not m.elsewhere and m.phone not in refused]
        fresh = [message for message in mine if not message.charged]
        charged = await self._charge(payer, fresh) if fresh else frozenset()
        await self._release(payer, fresh, charged, ring)
        return Accepted(
            ids={m.phone: m.id for m in mine if m.charged or m.id in charged},
            refused=refused,
            short=len(charged) < len(fresh),
            elsewhere=any(m.elsewhere for m in stored),
        )

    async def _charge(self, payer: Payer, messages: Sequence[acceptance.Stored]) -> frozenset[UUID]:
        answer = await self._caller.call(
            self._charges.ChargeBatch,
            charges_pb2.ChargeBatchRequest(
                user_id=str(payer.user_id),
                charges=[
                    charges_pb2.MessageCharge(message_id=str(m.id), amount_cents=m.price_cents)
                    for m in messages
                ],
            ),
        )
        return frozenset(UUID(message_id) for message_id in answer.charged_message_ids)

    async def _release(
        self,
        payer: Payer,
        fresh: Sequence[acceptance.Stored],
        charged: frozenset[UUID],
        ring: bool,
    ) -> None:
        refused = [message.id for message in fresh if message.id not in charged]
        async with self._database.org(payer.org_id) as connection:
            if refused:
                await acceptance.discard(connection, payer.org_id, refused)
            held = await counts.lock(connection, payer)
            prices = await acceptance.release(connection, payer.org_id, list(charged), held)
            tally = counts.Tally()
            if payer.campaign_id and charged:
                # Whoever was passed over before is counted by their message from now on.
                tally.skip(payer, await skips.remove(connection, payer, list(charged)), -1)
            tally.add(payer.org_id, payer.campaign_id, "pending", len(prices))
            tally.add(payer.org_id, payer.campaign_id, "spent_cents", sum(prices))
            if prices and ring:
                await wake_sender(connection, payer.org_id)
            await tally.write(connection)


async def _reserve(
    connection: AsyncConnection,
    org_id: UUID,
    stored: Sequence[acceptance.Stored],
    limits: Limits,
) -> Sequence[acceptance.Stored]:
    """Count new messages as spent today; those beyond the cap, which are dropped again.

    What an earlier call stored has been counted by it. The last thing to do in a transaction: the
    row is hot.
    """
    new = [message for message in stored if message.new]
    if not new:
        return ()
    prices = [message.price_cents for message in new]
    total = await spending.reserve(connection, org_id, sum(prices))
    if limits.daily_cap_cents is None or total <= limits.daily_cap_cents:
        return ()
    beyond = new[len(new) - past_the_end(prices, total - limits.daily_cap_cents) :]
    await acceptance.discard(connection, org_id, [message.id for message in beyond])
    return beyond
