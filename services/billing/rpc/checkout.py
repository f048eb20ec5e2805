"""``CheckoutService``: top-ups through Stripe Checkout."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.billing.storage import topups
from services.billing.usecases.start_checkout import StartCheckout
from smsblaster.billing.v1 import checkout_pb2, checkout_pb2_grpc


class CheckoutRpc(checkout_pb2_grpc.CheckoutServiceServicer):
    """Opens checkouts for top-ups, and returns whether they are paid."""

    def __init__(self, database: Database, start_checkout: StartCheckout) -> None:
        self._database = database
        self._start_checkout = start_checkout

    async def CreateCheckout(
        self, request: checkout_pb2.CreateCheckoutRequest, context: Context
    ) -> checkout_pb2.Checkout:
        """Open a checkout for a top-up of the balance that the caller spends."""
        session = await self._start_checkout.start(
            identity.current(), request.amount_cents, save_card=request.save_card
        )
        return checkout_pb2.Checkout(session_url=session.url, session_id=session.id)

    async def GetCheckout(
        self, request: checkout_pb2.GetCheckoutRequest, context: Context
    ) -> checkout_pb2.CheckoutResult:
        """Return a top-up, whether it is paid, and its receipt."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await topups.checkout(connection, org_id, request.session_id)
        if found is None:
            raise await topups.not_found(self._database, request.session_id)
        return fill(checkout_pb2.CheckoutResult(), found)
