"""Handle `event.contacts.merged`: what a merged contact has goes to the contact that is kept."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from servicekit.contact_merges import ContactMerge
from services.messaging.inbox.usecases.move_merged_contact import MoveMergedContact


class ContactsMergedConsumer:
    """Consumes `event.contacts.merged`. It needs no inbox: stored merges are known."""

    def __init__(self, move: MoveMergedContact) -> None:
        self._move = move

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Move what the contacts in `batch` have."""
        for incoming in batch:
            await self._move.move(ContactMerge.parse(incoming.payload))
