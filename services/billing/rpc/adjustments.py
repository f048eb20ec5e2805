"""``AdjustmentService``: operators adjust balances by hand."""

from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from services.billing.usecases.adjust_balance import AdjustBalance, Adjustment
from smsblaster.billing.v1 import adjustments_pb2, adjustments_pb2_grpc


class AdjustmentRpc(adjustments_pb2_grpc.AdjustmentServiceServicer):
    """Adjusts balances for operators."""

    def __init__(self, adjust: AdjustBalance) -> None:
        self._adjust = adjust

    async def AdjustBalance(
        self, request: adjustments_pb2.AdjustBalanceRequest, context: Context
    ) -> adjustments_pb2.Adjustment:
        """Add money to a user's balance, or take money from it."""
        account, balance_cents = await self._adjust.adjust(
            Adjustment(
                parse_id(request.user_id),
                parse_id(request.org_id),
                request.amount_cents,
                request.reason,
            )
        )
        return adjustments_pb2.Adjustment(
            user_id=str(account.user_id) if account.payer == "member" else None,
            org_id=str(account.org_id),
            amount_cents=request.amount_cents,
            balance_cents=balance_cents,
        )
