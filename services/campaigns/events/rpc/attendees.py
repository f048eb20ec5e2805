"""Serve ``AttendeeService``: the people who are invited to an event."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.contacts import Contacts, FileSettings
from services.campaigns.events.domain.sms_states import SmsState
from services.campaigns.events.storage.attendees import Attendee, AttendeeFilter, NewAttendee
from services.campaigns.events.support.add_list_members import add_list_members
from services.campaigns.events.support.find_attendees import FindAttendees
from services.campaigns.events.support.load_attendee import load_attendee
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.usecases.add_attendee import AddAttendee
from services.campaigns.events.usecases.delete_attendee import DeleteAttendee
from services.campaigns.events.usecases.edit_attendee import EditAttendee
from services.campaigns.events.usecases.import_attendees import ImportAttendees, ImportedAttendees
from smsblaster.events.v1 import attendees_pb2, attendees_pb2_grpc


@dataclass(frozen=True, slots=True)
class AttendeeUseCases:
    """The use cases that ``AttendeeRpc`` calls."""

    add: AddAttendee
    edit: EditAttendee
    delete: DeleteAttendee
    import_file: ImportAttendees


class AttendeeRpc(attendees_pb2_grpc.AttendeeServiceServicer):
    """Serves the attendees of events."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        contacts: Contacts,
        find: FindAttendees,
        use_cases: AttendeeUseCases,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._contacts = contacts
        self._find = find
        self._use_cases = use_cases

    async def CreateAttendee(
        self, request: attendees_pb2.CreateAttendeeRequest, context: Context
    ) -> attendees_pb2.Attendee:
        """Add an attendee to an event."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        attendee = NewAttendee(
            first_name=request.first_name.strip(),
            last_name=request.last_name.strip() or None,
            phone=request.phone,
            rsvp_status=_rsvp_status(request) or "pending",
        )
        return _attendee(await self._use_cases.add.add(event, attendee), "none")

    async def ListAttendees(
        self, request: attendees_pb2.ListAttendeesRequest, context: Context
    ) -> attendees_pb2.ListAttendeesResponse:
        """Return a page of an event's attendees."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        page = PageRequest(self._cursors, event.org_id, request)
        wanted = AttendeeFilter(event.id, _rsvp_status(request), request.search)
        limit, before = page.rows_to_read - 1, page.last_id
        state = _sms_state(request)
        found = (
            await self._find.page_in_state(event.org_id, wanted, state, limit, before)
            if state
            else await self._find.page(event.org_id, wanted, limit, before)
        )
        last = found.last
        return attendees_pb2.ListAttendeesResponse(
            items=[_attendee(row, found.states[row.id]) for row in found.attendees],
            next_cursor=self._cursors.encode(event.org_id, str(last)) if last else None,
        )

    async def GetAttendee(
        self, request: attendees_pb2.GetAttendeeRequest, context: Context
    ) -> attendees_pb2.Attendee:
        """Return one attendee."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        attendee_id = UUID(request.attendee_id)
        attendee = await load_attendee(self._database, event.org_id, event.id, attendee_id)
        return await self._with_state(event.id, attendee)

    async def UpdateAttendee(
        self, request: attendees_pb2.UpdateAttendeeRequest, context: Context
    ) -> attendees_pb2.Attendee:
        """Change those fields of an attendee that are in the request."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        attendee_id = UUID(request.attendee_id)
        if_version = request.if_version if request.HasField("if_version") else None
        attendee = await self._use_cases.edit.edit(
            event, attendee_id, _changes(request), if_version
        )
        return await self._with_state(event.id, attendee)

    async def DeleteAttendee(
        self, request: attendees_pb2.DeleteAttendeeRequest, context: Context
    ) -> attendees_pb2.DeleteAttendeeResponse:
        """Delete an attendee of an event."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        await self._use_cases.delete.delete(event, UUID(request.attendee_id))
        return attendees_pb2.DeleteAttendeeResponse()

    async def AddFromList(
        self, request: attendees_pb2.AddFromListRequest, context: Context
    ) -> attendees_pb2.AddFromListResponse:
        """Add the members of a contact list."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        list_id = UUID(request.list_id)
        added = await add_list_members(self._database, self._contacts, event, list_id)
        return attendees_pb2.AddFromListResponse(created=added.created, skipped=added.skipped)

    async def ImportAttendees(
        self,
        request_iterator: AsyncIterator[attendees_pb2.ImportAttendeesRequest],
        context: Context,
    ) -> attendees_pb2.ImportAttendeesResponse:
        """Add attendees from a CSV file."""
        requests = aiter(request_iterator)
        first = await anext(requests, None)
        if first is None or not first.event_id:
            raise InvalidInput.of("eventId", "Required in the first message of the stream.")
        event = await load_event(self._database, UUID(first.event_id), "curate")
        settings = FileSettings(dict(first.mapping), first.default_country or None)
        pieces = _pieces(first, requests)
        return _imported(await self._use_cases.import_file.import_file(event, settings, pieces))

    async def _with_state(self, event_id: UUID, attendee: Attendee) -> attendees_pb2.Attendee:
        states = await self._find.states(event_id, [attendee])
        return _attendee(attendee, states[attendee.id])


def _attendee(attendee: Attendee, state: SmsState) -> attendees_pb2.Attendee:
    return fill(attendees_pb2.Attendee(), attendee, sms_state=state)


def _sms_state(request: attendees_pb2.ListAttendeesRequest) -> SmsState | None:
    if not request.HasField("sms_state"):
        return None
    return cast(SmsState, enum_name(attendees_pb2.SmsState.DESCRIPTOR, request.sms_state))


def _rsvp_status(
    request: attendees_pb2.CreateAttendeeRequest
    | attendees_pb2.ListAttendeesRequest
    | attendees_pb2.UpdateAttendeeRequest,
) -> str | None:
    if not request.HasField("rsvp_status"):
        return None
    return enum_name(attendees_pb2.RsvpStatus.DESCRIPTOR, request.rsvp_status)


def _changes(request: attendees_pb2.UpdateAttendeeRequest) -> Mapping[str, Any]:
    """Return the new values of the columns that the request changes."""
    changes: dict[str, Any] = {}
    if request.HasField("first_name"):
        changes["first_name"] = request.first_name.strip()
    if request.HasField("last_name"):
        changes["last_name"] = request.last_name.strip() or None
    if request.HasField("phone"):
        changes["phone"] = request.phone
    if rsvp_status := _rsvp_status(request):
        changes["rsvp_status"] = rsvp_status
    return changes


async def _pieces(
    first: attendees_pb2.ImportAttendeesRequest,
    rest: AsyncIterator[attendees_pb2.ImportAttendeesRequest],
) -> AsyncIterator[bytes]:
    """Read the uploaded file piece by piece."""
    yield first.file.data
    async for request in rest:
        yield request.file.data


def _imported(imported: ImportedAttendees) -> attendees_pb2.ImportAttendeesResponse:
    return attendees_pb2.ImportAttendeesResponse(
        created=imported.added.created,
        skipped=imported.added.skipped,
        errors=[fill(attendees_pb2.AttendeeImportError(), error) for error in imported.errors],
        list_id=str(imported.list_id),
        opted_out=imported.opted_out,
        incomplete=imported.incomplete,
    )
