"""The fees of registrations: what the carriers ask of the platform for each submission."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid5

from servicekit.errors import Forbidden, InsufficientBalance
from servicekit.identity import Identity
from servicekit.rpc.client import Caller
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc


class RegistrationFees:
    """Takes fees from who submits. ``cents``: by kind, brand or campaign; 0 is free."""

    def __init__(
        self,
        caller: Caller,
        charges: "charges_pb2_grpc.ChargeServiceAsyncStub",
        cents: Mapping[str, int],
    ) -> None:
        self._caller = caller
        self._charges = charges
        self._cents = cents

    async def take(self, submitter: Identity, kind: str, rejected_at: datetime | None) -> None:
        """Take the fee of a submission, once: the first, or the one that answers a rejection.

        Where the submission is not stored afterwards, the next attempt has paid already.

        Raises:
            Forbidden: email_not_verified.
            InsufficientBalance: the submitter's balance does not cover it.
            Unavailable: billing does not answer.
        """
        if not submitter.email_verified:
            raise Forbidden(
                "Verify your e-mail address before you register: follow the link that we mailed"
                " you.",
                "email_not_verified",
            )
        cents = self._cents[kind]
        if not cents:
            return
        occasion = rejected_at.isoformat() if rejected_at else "first"
        fee = uuid5(submitter.require_org(), f"{kind}:{occasion}")
        answer = await self._caller.call(
            self._charges.ChargeBatch,
            charges_pb2.ChargeBatchRequest(
                user_id=str(submitter.require_user()),
                charges=[charges_pb2.MessageCharge(message_id=str(fee), amount_cents=cents)],
                description=f"Registration of a {kind} with the US carriers",
            ),
        )
        if not answer.charged_message_ids:
            raise InsufficientBalance(
                f"The balance does not cover the registration, {cents} cents. Add funds first."
            )
