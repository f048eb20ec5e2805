"""Give the charges of messages back that were not sent."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import RpcClient
from services.messaging.sending.storage import refunds
from services.messaging.sending.storage.counts import Tally
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

log = structlog.get_logger()


class RefundMessages:
    """Refunds messages that are flagged as due, once each."""

    def __init__(
        self,
        database: Database,
        caller: RpcClient,
        charges: "charges_pb2_grpc.ChargeServiceAsyncStub",
    ) -> None:
        self._database = database
        self._caller = caller
        self._charges = charges

    async def __call__(self, org_id: UUID, message_ids: Sequence[UUID]) -> None:
        """Refund messages now; where billing is away, a job does it later."""
        try:
            await self.settle(org_id, message_ids)
        except Unavailable:
            log.warning("refunds_wait", messages=len(message_ids))

    async def settle(self, org_id: UUID, message_ids: Sequence[UUID]) -> None:
        """Refund messages now. Raises ``Unavailable``."""
        await self.give_back(org_id, message_ids)
        tally = Tally()
        async with self._database.org(org_id) as connection:
            for campaign_id, cents in await refunds.settle(connection, org_id, message_ids):
                tally.add(org_id, campaign_id, "spent_cents", -cents)
            await tally.write(connection)

    async def give_back(self, org_id: UUID, message_ids: Sequence[UUID]) -> None:
        """Have billing give charges back; ids without a charge are passed over."""
        with acting_as(Identity("messaging", org_id)):
            await self._caller.call(
                self._charges.RefundBatch,
                charges_pb2.RefundBatchRequest(message_ids=[str(i) for i in message_ids]),
            )
