"""Store matches: pairs of attendees of an event who should meet."""

from collections.abc import Sequence

from servicekit.db.database import Database
from servicekit.errors import FieldError, InvalidInput
from services.campaigns.events.storage import attendees, matches
from services.campaigns.events.storage.events import Event
from services.campaigns.events.storage.matches import Pair


class AddMatches:
    """Stores which attendees of an event should meet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, event: Event, pairs: Sequence[Pair]) -> int:
        """Store pairs of attendees in any order. Returns the number of new ones.

        Raises:
            InvalidInput: An attendee is paired with themselves.
            CrossOrgAccess: An attendee belongs to another organisation.
            NotFound: The event doesn't have one of the attendees.
        """
        _require_two(pairs)
        org_id = event.org_id
        wanted = list(dict.fromkeys(attendee_id for pair in pairs for attendee_id in pair))
        async with self._database.org(org_id) as connection:
            found = await attendees.lock_among(connection, org_id, event.id, wanted)
            if len(found) == len(wanted):
                ordered = {(min(pair), max(pair)) for pair in pairs}
                return await matches.add_all(connection, org_id, event.id, ordered)
        unknown = [attendee_id for attendee_id in wanted if attendee_id not in found]
        raise await attendees.not_found(self._database, org_id, unknown)


def _require_two(pairs: Sequence[Pair]) -> None:
    message = "An attendee can't be matched with themselves."
    faults = [
        FieldError(f"pairs[{index}].matchedAttendeeId", message)
        for index, (one, other) in enumerate(pairs)
        if one == other
    ]
    if faults:
        raise InvalidInput(faults)
