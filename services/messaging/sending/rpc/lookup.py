"""``LookupService``."""

from servicekit import identity
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.usecases.look_up_number import LookUpNumber
from services.messaging.sending.usecases.send_message import parse_phone
from smsblaster.messaging.v1 import lookup_pb2, lookup_pb2_grpc


class LookupRpc(lookup_pb2_grpc.LookupServiceServicer):
    """Serves lookups of numbers."""

    def __init__(self, look_up: LookUpNumber) -> None:
        self._look_up = look_up

    async def LookUpNumber(
        self, request: lookup_pb2.LookUpNumberRequest, context: Context
    ) -> lookup_pb2.NumberLookup:
        """What a number is."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user())
        _refuse_lost_plus(request.phone)
        answer = await self._look_up(payer, parse_phone("phone", request.phone).e164)
        found = fill(lookup_pb2.NumberLookup(), answer.row)
        found.cached, found.charged_cents = answer.cached, answer.charged_cents
        return found


def _refuse_lost_plus(phone: str) -> None:
    """Raise ``InvalidInput`` for a number whose plus was not encoded: it arrives as a space.

    Read as a number at home it could be that of somebody else.
    """
    if phone[:1] == " " and phone[1:2].isdigit():
        raise InvalidInput.of(
            "phone",
            "begins with a space. Write the plus sign as %2B, as in ?phone=%2B14155550100.",
            "invalid_number",
        )
