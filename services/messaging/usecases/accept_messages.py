"""Accept messages: store them, charge them in one go, and let the senders have them.

Stored but uncharged messages are never sent, so a crash at any point costs nothing: the caller
brings the messages again, or a job gives up what was cut off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.rpc.client import Caller
from services.messaging.domain.drafts import Draft, Payer
from services.messaging.storage import acceptance, counts
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc
from smsblaster.messaging.v1 import events_pb2


@dataclass(frozen=True, slots=True)
class Accepted:
    """``ids``: the messages that are accepted now, by E.164 number.

    ``short``: the balance did not cover all.
    """

    ids: Mapping[str, UUID]
    short: bool


class AcceptMessages:
    """Accepts messages."""

    def __init__(
        self, database: Database, caller: Caller, charges: "charges_pb2_grpc.ChargeServiceAsyncStub"
    ) -> None:
        self._database = database
        self._caller = caller
        self._charges = charges

    async def __call__(
        self, payer: Payer, drafts: Sequence[Draft], *, ring: bool = True
    ) -> Accepted:
        """Accept ``drafts`` in order, as far as the payer's balance reaches.

        ``ring`` wakes a sender. Raises ``Unavailable`` where billing is away; nothing is sent then.
        """
        async with self._database.org(payer.org_id) as connection:
            stored = await acceptance.store(connection, payer, drafts)
        fresh = [message for message in stored if not message.charged]
        charged = await self._charge(payer, fresh) if fresh else frozenset()
        await self._release(payer, fresh, charged, ring)
        accepted = {m.phone: m.id for m in stored if m.charged or m.id in charged}
        return Accepted(accepted, short=len(charged) < len(fresh))

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
            held = await counts.is_held(connection, payer)
            if refused:
                await acceptance.discard(connection, payer.org_id, refused)
            prices = await acceptance.release(connection, payer.org_id, list(charged), held)
            tally = counts.Tally()
            tally.add(payer.org_id, payer.campaign_id, "pending", len(prices))
            tally.add(payer.org_id, payer.campaign_id, "spent_cents", sum(prices))
            if prices and ring:
                job = events_pb2.SendJob(org_id=str(payer.org_id))
                await announce(connection, (f"job.send.{payer.org_id}", job))
            await tally.write(connection)
