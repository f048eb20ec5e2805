"""Read the phone numbers of a batch without keeping other requests waiting."""

from collections.abc import Sequence

from servicekit.phones import Phone
from servicekit.slices import in_slices
from services.messaging.sending.domain.batches import Entry, Refused, number_of


async def numbers_of(entries: Sequence[Entry]) -> list[Phone | Refused]:
    """Return the phone number of each recipient, or why there is none."""
    return [number_of(entry) async for entry in in_slices(entries)]
