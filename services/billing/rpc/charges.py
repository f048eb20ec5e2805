"""``ChargeService``: money for messages."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.billing.domain.ledger import Charge, LedgerAccount
from services.billing.storage import ledger, prices
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc


class ChargeRpc(charges_pb2_grpc.ChargeServiceServicer):
    """Charges and refunds messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ChargeBatch(
        self, request: charges_pb2.ChargeBatchRequest, context: Context
    ) -> charges_pb2.ChargeBatchResponse:
        """Charge messages as far as the balance reaches."""
        account = LedgerAccount(identity.current().require_org(), UUID(request.user_id))
        charges = [Charge(UUID(c.message_id), c.amount_cents) for c in request.charges]
        async with self._database.org(account.org_id) as connection:
            charged = await ledger.charge(
                connection,
                account,
                charges,
                request.all_or_nothing,
                request.description or ledger.TEXT_MESSAGE,
            )
            left = await ledger.read_balance(connection, account)
        return charges_pb2.ChargeBatchResponse(
            charged_message_ids=[str(c.message_id) for c in charges if c.message_id in charged],
            balance_cents=left,
        )

    async def RefundBatch(
        self, request: charges_pb2.RefundBatchRequest, context: Context
    ) -> charges_pb2.RefundBatchResponse:
        """Give the charges of messages back."""
        org_id = identity.current().require_org()
        message_ids = [UUID(message_id) for message_id in request.message_ids]
        async with self._database.org(org_id) as connection:
            refunded = await ledger.refund(connection, org_id, message_ids)
        return charges_pb2.RefundBatchResponse(refunded_message_ids=[str(r) for r in refunded])

    async def GetPrices(
        self, request: charges_pb2.GetPricesRequest, context: Context
    ) -> charges_pb2.GetPricesResponse:
        """Prices per segment."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await prices.per_segment(connection, list(request.countries))
        return charges_pb2.GetPricesResponse(cents_per_segment=found)
