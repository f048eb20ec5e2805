"""``AutomaticTopUpService``: a saved card tops up a low balance."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.billing.domain.automatic_topups import AutomaticTopUp, TopUpRule
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage import automatic_topups
from services.billing.support.paying import own_account
from services.billing.usecases.set_up_automatic_topups import SetUpAutomaticTopups
from smsblaster.billing.v1 import automatic_top_ups_pb2, automatic_top_ups_pb2_grpc


class AutomaticTopUpRpc(automatic_top_ups_pb2_grpc.AutomaticTopUpServiceServicer):
    """Shows and changes the automatic top-ups of the balance that the caller spends."""

    def __init__(self, database: Database, set_up: SetUpAutomaticTopups) -> None:
        self._database = database
        self._set_up = set_up

    async def GetAutomaticTopUp(
        self, request: automatic_top_ups_pb2.GetAutomaticTopUpRequest, context: Context
    ) -> automatic_top_ups_pb2.AutomaticTopUp:
        """Return the rule of the balance, with its card."""
        caller = identity.current()
        async with self._database.org(caller.require_org()) as connection:
            account = await own_account(connection, caller)
            found = await automatic_topups.find(connection, account)
        return _message(account, found)

    async def UpdateAutomaticTopUp(
        self, request: automatic_top_ups_pb2.UpdateAutomaticTopUpRequest, context: Context
    ) -> automatic_top_ups_pb2.AutomaticTopUp:
        """Replace the rule of the balance."""
        wanted = TopUpRule(
            request.enabled,
            request.threshold_cents,
            request.amount_cents,
            request.daily_limit_cents,
        )
        if_version = request.if_version if request.HasField("if_version") else None
        return _message(*await self._set_up.change(wanted, if_version))

    async def DeleteSavedCard(
        self, request: automatic_top_ups_pb2.DeleteSavedCardRequest, context: Context
    ) -> automatic_top_ups_pb2.AutomaticTopUp:
        """Delete the saved card of the balance."""
        return _message(*await self._set_up.delete_card())


def _message(account: LedgerAccount, found: AutomaticTopUp) -> automatic_top_ups_pb2.AutomaticTopUp:
    message = fill(automatic_top_ups_pb2.AutomaticTopUp(), found.rule)
    if found.card:
        fill(message.card, found.card)
    return fill(message, found, card=None, payer=account.payer)
