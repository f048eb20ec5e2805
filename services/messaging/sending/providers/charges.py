"""Client of billing: charge messages, and refund them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import RpcClient
from services.messaging.sending.domain.drafts import Payer
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc


class Charges:
    """Asks billing to charge and to refund. Each id is charged once and refunded once."""

    def __init__(self, rpc: RpcClient, stub: "charges_pb2_grpc.ChargeServiceAsyncStub") -> None:
        self._rpc = rpc
        self._stub = stub

    async def take(
        self, payer: Payer, cents: Mapping[UUID, int], description: str | None = None
    ) -> frozenset[UUID]:
        """Charge the payer's balance once for each id, in order, until it is used up.

        Returns:
            The ids that are charged, by this call or an earlier one.

        Raises:
            Unavailable: Billing does not answer.
        """
        charges = [
            charges_pb2.MessageCharge(message_id=str(charged_id), amount_cents=amount)
            for charged_id, amount in cents.items()
        ]
        answer = await self._rpc.call(
            self._stub.ChargeBatch,
            charges_pb2.ChargeBatchRequest(
                user_id=str(payer.user_id),
                charges=charges,
                description=description,
                by_setting=payer.by_setting,
                by_user_id=str(payer.by_user_id) if payer.by_user_id else None,
                campaign_id=str(payer.campaign_id) if payer.campaign_id else None,
                campaign_name=payer.campaign_name or None,
                event_id=str(payer.purpose.event_id) if payer.purpose else None,
            ),
        )
        return frozenset(UUID(charged_id) for charged_id in answer.charged_message_ids)

    async def give_back(self, org_id: UUID, ids: Sequence[UUID]) -> None:
        """Refund what was charged for `ids`. Ids that were not charged are ignored.

        Raises:
            Unavailable: Billing does not answer.
        """
        with acting_as(Identity("messaging", org_id)):
            await self._rpc.call(
                self._stub.RefundBatch,
                charges_pb2.RefundBatchRequest(message_ids=[str(each) for each in ids]),
            )
