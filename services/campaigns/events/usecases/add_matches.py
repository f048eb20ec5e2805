"""Note who of an event's attendees matches whom."""

from collections.abc import Sequence

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import FieldError, InvalidInput
from services.campaigns.events.storage import attendees, matches
from services.campaigns.events.storage.matches import Pair


async def add_matches(database: Database, event: RowMapping, pairs: Sequence[Pair]) -> int:
    """Note ``pairs`` of attendees of ``event``, in whichever order; how many are new.

    Raises ``InvalidInput`` for somebody paired with themselves, and ``CrossOrgAccess`` or
    ``NotFound`` for an attendee.
    """
    _require_two(pairs)
    org_id, event_id = event["org_id"], event["id"]
    wanted = list(dict.fromkeys(attendee_id for pair in pairs for attendee_id in pair))
    async with database.org(org_id) as connection:
        found = await attendees.lock_among(connection, org_id, event_id, wanted)
        if len(found) == len(wanted):
            ordered = {(min(pair), max(pair)) for pair in pairs}
            return await matches.add_all(connection, org_id, event_id, ordered)
    strangers = [attendee_id for attendee_id in wanted if attendee_id not in found]
    raise await attendees.not_found(database, org_id, strangers)


def _require_two(pairs: Sequence[Pair]) -> None:
    faults = [
        FieldError(f"pairs[{index}].matchedAttendeeId", "nobody matches themselves")
        for index, (one, other) in enumerate(pairs)
        if one == other
    ]
    if faults:
        raise InvalidInput(faults)
