"""``ChargeService``: charges for messages, and their refunds."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from services.billing.domain.ledger import Cause, Charge, LedgerAccount
from services.billing.storage import prices
from services.billing.storage.ledger import TEXT_MESSAGE
from services.billing.usecases.charge_messages import ChargeBatch, ChargeMessages
from services.billing.usecases.refund_messages import RefundMessages
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc


class ChargeRpc(charges_pb2_grpc.ChargeServiceServicer):
    """Charges messages, and refunds their charges, for other services."""

    def __init__(
        self, database: Database, charge_messages: ChargeMessages, refund_messages: RefundMessages
    ) -> None:
        self._database = database
        self._charge_messages = charge_messages
        self._refund_messages = refund_messages

    async def ChargeBatch(
        self, request: charges_pb2.ChargeBatchRequest, context: Context
    ) -> charges_pb2.ChargeBatchResponse:
        """Charge messages in order until the balance does not cover the next one."""
        charged = await self._charge_messages.charge(_batch(request))
        return charges_pb2.ChargeBatchResponse(
            charged_message_ids=[str(message_id) for message_id in charged.message_ids],
            balance_cents=charged.balance_cents,
        )

    async def RefundBatch(
        self, request: charges_pb2.RefundBatchRequest, context: Context
    ) -> charges_pb2.RefundBatchResponse:
        """Refund the charges of the messages in the request."""
        refunded = await self._refund_messages.refund(
            identity.current().require_org(), [*map(UUID, request.message_ids)]
        )
        return charges_pb2.RefundBatchResponse(refunded_message_ids=[str(r) for r in refunded])

    async def GetPrices(
        self, request: charges_pb2.GetPricesRequest, context: Context
    ) -> charges_pb2.GetPricesResponse:
        """Return the prices of texts and pictures to destination countries."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await prices.of_countries(connection, list(request.countries))
        return charges_pb2.GetPricesResponse(
            cents_per_segment={price.country: price.cents_per_segment for price in found},
            cents_per_mms={
                price.country: price.cents_per_mms
                for price in found
                if price.cents_per_mms is not None
            },
        )


def _batch(request: charges_pb2.ChargeBatchRequest) -> ChargeBatch:
    account = LedgerAccount(identity.current().require_org(), UUID(request.user_id))
    member = account.user_id if account.payer == "member" else None
    return ChargeBatch(
        account,
        [Charge(UUID(c.message_id), c.amount_cents) for c in request.charges],
        Cause(
            request.description or TEXT_MESSAGE,
            parse_id(request.by_user_id) or member,
            parse_id(request.campaign_id),
        ),
        request.all_or_nothing,
        request.by_setting,
        request.campaign_name,
        parse_id(request.event_id),
    )
