"""``TransferService``: money moves between the balances of an organisation."""

from uuid import UUID

from servicekit import identity
from servicekit.rpc.server import Context
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.payers import organisation_account
from services.billing.usecases.transfer_balance import Transfer, TransferBalance
from smsblaster.billing.v1 import transfers_pb2, transfers_pb2_grpc

_DEFAULT_NOTE = "Transfer between balances"


class TransferRpc(transfers_pb2_grpc.TransferServiceServicer):
    """Moves money between the balances of an organisation."""

    def __init__(self, transfer: TransferBalance) -> None:
        self._transfer = transfer

    async def TransferBalance(
        self, request: transfers_pb2.TransferBalanceRequest, context: Context
    ) -> transfers_pb2.Transfer:
        """Move money from one balance to another."""
        org_id = identity.current().require_org()
        made = await self._transfer.transfer(
            Transfer(
                _account(org_id, request.from_user_id),
                _account(org_id, request.to_user_id),
                request.amount_cents,
                request.note or _DEFAULT_NOTE,
            )
        )
        return transfers_pb2.Transfer(
            id=str(made.id),
            amount_cents=request.amount_cents,
            from_balance_cents=made.source_cents,
            to_balance_cents=made.target_cents,
        )


def _account(org_id: UUID, user_id: str) -> LedgerAccount:
    return LedgerAccount(org_id, UUID(user_id)) if user_id else organisation_account(org_id)
