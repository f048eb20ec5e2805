"""Charge fees for registrations, because the carriers charge for each submission."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid5

from servicekit.errors import Forbidden, InsufficientBalance
from servicekit.identity import Identity
from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc


class RegistrationFees:
    """Charge fees for registrations.

    The user who submits pays, or the organisation if its setting says so. ``cents``: the fee for
    each kind of registration. 0 means that it is free.
    """

    def __init__(
        self,
        rpc: RpcClient,
        charges: "charges_pb2_grpc.ChargeServiceAsyncStub",
        cents: Mapping[str, int],
    ) -> None:
        self._rpc = rpc
        self._charges = charges
        self._cents = cents

    def cents_for(self, kind: str) -> int:
        """Return the fee in cents for each submission of a ``brand`` or a ``campaign``."""
        return self._cents[kind]

    async def charge(self, submitter: Identity, kind: str, rejected_at: datetime | None) -> None:
        """Charge the fee for a submission. Idempotent.

        If the submission can't be stored after the charge, the next attempt is not charged again.

        Args:
            submitter: The user who pays.
            kind: "brand" or "campaign".
            rejected_at: When the registration was last rejected. None for the first submission.

        Raises:
            Forbidden: email_not_verified.
            InsufficientBalance: The submitter's balance does not cover the fee.
            Unavailable: Billing did not answer.
        """
        if not submitter.email_verified:
            raise Forbidden(
                "Verify your email address before you register. Follow the link in the email that"
                " we sent you.",
                "email_not_verified",
            )
        cents = self.cents_for(kind)
        if not cents:
            return
        occasion = rejected_at.isoformat() if rejected_at else "first"
        fee = uuid5(submitter.require_org(), f"{kind}:{occasion}")
        answer = await self._rpc.call(
            self._charges.ChargeBatch,
            charges_pb2.ChargeBatchRequest(
                user_id=str(submitter.require_user()),
                charges=[charges_pb2.MessageCharge(message_id=str(fee), amount_cents=cents)],
                by_setting=True,
                description=f"Registration of a {kind} with the US carriers",
            ),
        )
        if not answer.charged_message_ids:
            raise InsufficientBalance(
                f"Your balance does not cover the registration fee of {cents} cents."
                " Add funds first."
            )
