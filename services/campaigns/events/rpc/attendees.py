"""``AttendeeService``."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.contacts import Contacts, FileSettings
from services.campaigns.events.domain.sms_states import sms_state
from services.campaigns.events.providers.attendee_messages import AttendeeMessages, Counts
from services.campaigns.events.storage import attendees
from services.campaigns.events.storage.attendees import NewAttendee
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.usecases.add_from_list import add_from_list
from services.campaigns.events.usecases.import_attendees import Imported, import_attendees
from services.campaigns.events.usecases.write_attendee import (
    add_attendee,
    change_attendee,
    delete_attendee,
)
from smsblaster.events.v1 import attendees_pb2, attendees_pb2_grpc


class AttendeeRpc(attendees_pb2_grpc.AttendeeServiceServicer):
    """Serves the attendees of events."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        contacts: Contacts,
        event_texts: AttendeeMessages,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._contacts = contacts
        self._event_texts = event_texts

    async def CreateAttendee(
        self, request: attendees_pb2.CreateAttendeeRequest, context: Context
    ) -> attendees_pb2.Attendee:
        """Add an attendee."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        attendee = NewAttendee(
            first_name=request.first_name.strip(),
            last_name=request.last_name.strip() or None,
            phone=request.phone,
            rsvp_status=_rsvp_status(request) or "pending",
        )
        row = await add_attendee(self._database, self._contacts, event, attendee)
        return _attendee(row, {})

    async def ListAttendees(
        self, request: attendees_pb2.ListAttendeesRequest, context: Context
    ) -> attendees_pb2.ListAttendeesResponse:
        """A page of an event's attendees."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        org_id, event_id = event["org_id"], event["id"]
        limit, rsvp_status = request.limit or 50, _rsvp_status(request)
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            rows = await attendees.page(
                connection, org_id, event_id, rsvp_status, limit + 1, before
            )
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        states = await self._event_texts.states(event_id, [row["id"] for row in rows])
        return attendees_pb2.ListAttendeesResponse(
            items=[_attendee(row, states.get(row["id"], {})) for row in rows],
            next_cursor=next_cursor,
        )

    async def GetAttendee(
        self, request: attendees_pb2.GetAttendeeRequest, context: Context
    ) -> attendees_pb2.Attendee:
        """One attendee."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        attendee_id = UUID(request.attendee_id)
        row = await attendees.get(self._database, event["org_id"], event["id"], attendee_id)
        return await self._with_state(event["id"], row)

    async def UpdateAttendee(
        self, request: attendees_pb2.UpdateAttendeeRequest, context: Context
    ) -> attendees_pb2.Attendee:
        """Change the fields that are given."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        row = await change_attendee(
            self._database, self._contacts, event, UUID(request.attendee_id), _changes(request)
        )
        return await self._with_state(event["id"], row)

    async def DeleteAttendee(
        self, request: attendees_pb2.DeleteAttendeeRequest, context: Context
    ) -> attendees_pb2.DeleteAttendeeResponse:
        """Take an attendee off the event."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        await delete_attendee(self._database, event, UUID(request.attendee_id))
        return attendees_pb2.DeleteAttendeeResponse()

    async def AddFromList(
        self, request: attendees_pb2.AddFromListRequest, context: Context
    ) -> attendees_pb2.AddFromListResponse:
        """Add everyone on a contact list."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        added = await add_from_list(self._database, self._contacts, event, UUID(request.list_id))
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
            raise InvalidInput.of("eventId", "is required in the first message")
        event = await load_event(self._database, UUID(first.event_id), "curate")
        settings = FileSettings(dict(first.mapping), first.default_country or None)
        pieces = _pieces(first, requests)
        return _imported(
            await import_attendees(self._database, self._contacts, event, settings, pieces)
        )

    async def _with_state(self, event_id: UUID, row: RowMapping) -> attendees_pb2.Attendee:
        states = await self._event_texts.states(event_id, [row["id"]])
        return _attendee(row, states.get(row["id"], {}))


def _attendee(row: RowMapping, texts: Counts) -> attendees_pb2.Attendee:
    return fill(attendees_pb2.Attendee(), {**row, "sms_state": sms_state(texts)})


def _rsvp_status(
    request: attendees_pb2.CreateAttendeeRequest
    | attendees_pb2.ListAttendeesRequest
    | attendees_pb2.UpdateAttendeeRequest,
) -> str | None:
    if not request.HasField("rsvp_status"):
        return None
    return enum_name(attendees_pb2.RsvpStatus.DESCRIPTOR, request.rsvp_status)


def _changes(request: attendees_pb2.UpdateAttendeeRequest) -> Mapping[str, Any]:
    """The columns to set."""
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
    """The file that is uploaded, piece by piece."""
    yield first.file.data
    async for request in rest:
        yield request.file.data


def _imported(imported: Imported) -> attendees_pb2.ImportAttendeesResponse:
    return attendees_pb2.ImportAttendeesResponse(
        created=imported.added.created,
        skipped=imported.added.skipped,
        errors=[
            attendees_pb2.AttendeeImportError(
                row=error.row, field=error.field, message=error.message, column=error.column
            )
            for error in imported.errors
        ],
        list_id=str(imported.list_id),
        opted_out=imported.opted_out,
        incomplete=imported.incomplete,
    )
