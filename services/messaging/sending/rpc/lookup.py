"""`LookupService`: look up phone numbers at Twilio."""

from servicekit import identity
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.usecases.look_up_number import LookUpNumber
from smsblaster.messaging.v1 import lookup_pb2, lookup_pb2_grpc


class LookupRpc(lookup_pb2_grpc.LookupServiceServicer):
    """Serves lookups of phone numbers."""

    def __init__(self, look_up: LookUpNumber) -> None:
        self._look_up = look_up

    async def LookUpNumber(
        self, request: lookup_pb2.LookUpNumberRequest, context: Context
    ) -> lookup_pb2.NumberLookup:
        """Return the country, line type and carrier of a phone number."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user(), by_setting=True)
        _refuse_lost_plus(request.phone)
        answer = await self._look_up.look_up(payer, parse_phone("phone", request.phone).e164)
        return fill(
            lookup_pb2.NumberLookup(),
            answer.known,
            cached=answer.cached,
            charged_cents=answer.charged_cents,
        )


def _refuse_lost_plus(phone: str) -> None:
    """Raise `InvalidInput` if a phone number's plus sign became a space in the URL.

    Read as a national number, it could be another person's number.
    """
    if phone[:1] == " " and phone[1:2].isdigit():
        raise InvalidInput.of(
            "phone",
            "begins with a space. Write the plus sign as %2B: ?phone=%2B14155550100.",
            "invalid_number",
        )
