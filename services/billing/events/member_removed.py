"""Handle ``event.gateway.member_removed``: a removed member's card pays nothing more."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.billing.usecases.set_up_automatic_topups import SetUpAutomaticTopups
from smsblaster.identity.v1 import events_pb2


class MembersRemoved:
    """Consumes ``event.gateway.member_removed``: deletes the saved cards of removed members.

    Idempotent, so it needs no bus inbox.
    """

    def __init__(self, set_up: SetUpAutomaticTopups) -> None:
        self._set_up = set_up

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Delete the members' saved cards. Raises ``Unavailable`` if Stripe does not answer."""
        for incoming in batch:
            event = events_pb2.MemberRemoved.FromString(incoming.payload)
            await self._set_up.clear_of_member(UUID(event.org_id), UUID(event.user_id))
