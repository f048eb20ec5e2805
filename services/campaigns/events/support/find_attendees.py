"""Find attendees by their own data and by the state of their messages, which messaging stores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.domain.sms_states import SmsState, sms_state
from services.campaigns.events.providers.attendee_messages import AttendeeMessages
from services.campaigns.events.storage import attendees
from services.campaigns.events.storage.attendees import Attendee, AttendeeFilter

_AT_ONCE = 1000
_MOST_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class FoundAttendees:
    """Attendees and the state of their messages. `last` is where the next page begins, if any."""

    attendees: Sequence[Attendee]
    states: Mapping[UUID, SmsState]
    last: UUID | None


class FindAttendees:
    """Finds attendees, newest first."""

    def __init__(self, database: Database, messages: AttendeeMessages) -> None:
        self._database = database
        self._messages = messages

    async def page(
        self, org_id: UUID, wanted: AttendeeFilter, limit: int, before: UUID | None
    ) -> FoundAttendees:
        """Return up to `limit` attendees older than `before`, newest first."""
        rows = await self._rows(org_id, wanted, limit + 1, before)
        last = rows[limit - 1].id if len(rows) > limit else None
        rows = rows[:limit]
        return FoundAttendees(rows, await self.states(wanted.event_id, rows), last)

    async def page_in_state(
        self,
        org_id: UUID,
        wanted: AttendeeFilter,
        state: SmsState,
        limit: int,
        before: UUID | None,
    ) -> FoundAttendees:
        """Return up to `limit` attendees in `state`, as ``page`` does.

        At most 5,000 attendees are examined, so a page can be short although more attendees follow.
        """
        found: list[Attendee] = []
        states: dict[UUID, SmsState] = {}
        for _ in range(_MOST_LOOKED_AT // _AT_ONCE):
            rows = await self._rows(org_id, wanted, _AT_ONCE, before)
            states |= await self.states(wanted.event_id, rows)
            found += [each for each in rows if states[each.id] == state]
            if len(found) > limit:
                return FoundAttendees(found[:limit], states, found[limit - 1].id)
            if len(rows) < _AT_ONCE:
                return FoundAttendees(found, states, None)
            before = rows[-1].id
        return FoundAttendees(found, states, before)

    async def states(self, event_id: UUID, some: Sequence[Attendee]) -> Mapping[UUID, SmsState]:
        """Return the state of each attendee's messages."""
        counts = await self._messages.states(event_id, [each.id for each in some])
        return {each.id: sms_state(counts.get(each.id, {})) for each in some}

    async def _rows(
        self, org_id: UUID, wanted: AttendeeFilter, size: int, before: UUID | None
    ) -> Sequence[Attendee]:
        async with self._database.org(org_id) as connection:
            return await attendees.page(connection, org_id, wanted, size, before)
