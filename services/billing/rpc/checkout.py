"""``CheckoutService``."""

from servicekit import identity
from servicekit.rpc.server import Context
from services.billing.domain.ledger import LedgerAccount
from services.billing.usecases.start_checkout import StartCheckout
from smsblaster.billing.v1 import checkout_pb2, checkout_pb2_grpc


class CheckoutRpc(checkout_pb2_grpc.CheckoutServiceServicer):
    """Opens checkouts."""

    def __init__(self, start_checkout: StartCheckout) -> None:
        self._start_checkout = start_checkout

    async def CreateCheckout(
        self, request: checkout_pb2.CreateCheckoutRequest, context: Context
    ) -> checkout_pb2.Checkout:
        """Open a checkout for a top-up of the caller's balance."""
        caller = identity.current()
        account = LedgerAccount(caller.require_org(), caller.require_user())
        session = await self._start_checkout.start(account, request.amount_cents)
        return checkout_pb2.Checkout(session_url=session.url, session_id=session.id)
