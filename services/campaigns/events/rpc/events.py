"""Serve ``EventService``: events, and the users who may view or curate them."""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.events.storage import events, organizers
from services.campaigns.events.storage.events import Event, NewEvent
from services.campaigns.events.storage.organizers import Organizer
from services.campaigns.events.support.load_event import current_viewer, load_event
from services.campaigns.events.usecases.create_event import CreateEvent
from services.campaigns.events.usecases.delete_event import DeleteEvent
from services.campaigns.events.usecases.edit_event import EditEvent
from services.campaigns.events.usecases.remove_organizer import RemoveOrganizer
from services.campaigns.events.usecases.set_organizer import SetOrganizer
from smsblaster.events.v1 import events_pb2, events_pb2_grpc


@dataclass(frozen=True, slots=True)
class EventUseCases:
    """The use cases that ``EventRpc`` calls."""

    create: CreateEvent
    edit: EditEvent
    delete: DeleteEvent
    set_organizer: SetOrganizer
    remove_organizer: RemoveOrganizer


class EventRpc(events_pb2_grpc.EventServiceServicer):
    """Serves events and their organizers."""

    def __init__(self, database: Database, cursors: CursorCodec, use_cases: EventUseCases) -> None:
        self._database = database
        self._cursors = cursors
        self._use_cases = use_cases

    async def CreateEvent(
        self, request: events_pb2.CreateEventRequest, context: Context
    ) -> events_pb2.CalendarEvent:
        """Create an event of the current user."""
        return _event(await self._use_cases.create.create(_new_event(request)))

    async def ListEvents(
        self, request: events_pb2.ListEventsRequest, context: Context
    ) -> events_pb2.ListEventsResponse:
        """Return a page of the events that the user may view."""
        viewer = current_viewer()
        page = PageRequest(self._cursors, viewer.org_id, request)
        status = _status(request.status) if request.HasField("status") else None
        async with self._database.org(viewer.org_id) as connection:
            rows = await events.page(connection, viewer, status, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return events_pb2.ListEventsResponse(
            items=[_event(row) for row in rows], next_cursor=next_cursor
        )

    async def GetEvent(
        self, request: events_pb2.GetEventRequest, context: Context
    ) -> events_pb2.CalendarEvent:
        """Return one event."""
        return _event(await load_event(self._database, UUID(request.event_id), "view"))

    async def UpdateEvent(
        self, request: events_pb2.UpdateEventRequest, context: Context
    ) -> events_pb2.CalendarEvent:
        """Change those fields of an event that are in the request."""
        changes = _changes(request)
        if_version = request.if_version if request.HasField("if_version") else None
        event = await self._use_cases.edit.edit(UUID(request.event_id), changes, if_version)
        return _event(event)

    async def DeleteEvent(
        self, request: events_pb2.DeleteEventRequest, context: Context
    ) -> events_pb2.DeleteEventResponse:
        """Soft-delete an event."""
        await self._use_cases.delete.delete(UUID(request.event_id))
        return events_pb2.DeleteEventResponse()

    async def ListOrganizers(
        self, request: events_pb2.ListOrganizersRequest, context: Context
    ) -> events_pb2.ListOrganizersResponse:
        """Return the event's owner and co-organizers."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        async with self._database.org(event.org_id) as connection:
            rows = await organizers.of_event(connection, event.org_id, event.id)
        return events_pb2.ListOrganizersResponse(
            items=[_owner(event), *(_organizer(row) for row in rows)]
        )

    async def SetOrganizer(
        self, request: events_pb2.SetOrganizerRequest, context: Context
    ) -> events_pb2.Organizer:
        """Add a co-organizer or change their permission."""
        permission = enum_name(events_pb2.EventPermission.DESCRIPTOR, request.permission)
        event_id, user_id = UUID(request.event_id), UUID(request.user_id)
        return _organizer(await self._use_cases.set_organizer.set(event_id, user_id, permission))

    async def RemoveOrganizer(
        self, request: events_pb2.RemoveOrganizerRequest, context: Context
    ) -> events_pb2.RemoveOrganizerResponse:
        """Remove a co-organizer from an event."""
        event_id, user_id = UUID(request.event_id), UUID(request.user_id)
        await self._use_cases.remove_organizer.remove(event_id, user_id)
        return events_pb2.RemoveOrganizerResponse()


def _event(event: Event) -> events_pb2.CalendarEvent:
    return fill(events_pb2.CalendarEvent(), event)


def _organizer(organizer: Organizer) -> events_pb2.Organizer:
    return fill(events_pb2.Organizer(), organizer)


def _owner(event: Event) -> events_pb2.Organizer:
    return _organizer(Organizer(event.created_by, "owner", event.created_at))


def _new_event(request: events_pb2.CreateEventRequest) -> NewEvent:
    return NewEvent(
        name=request.name.strip(),
        date=_time(request.date, "date"),
        ends_at=_time(request.ends_at, "endsAt") if request.HasField("ends_at") else None,
        time_zone=request.time_zone or identity.current().org_time_zone,
        location=request.location.strip() or None,
        status=_status(request.status) if request.HasField("status") else "published",
    )


def _changes(request: events_pb2.UpdateEventRequest) -> dict[str, Any]:
    """Return the new values of the columns that the request changes."""
    changes: dict[str, Any] = {}
    if request.HasField("name"):
        changes["name"] = request.name.strip()
    if request.HasField("date"):
        changes["date"] = _time(request.date, "date")
    if request.HasField("ends_at"):
        changes["ends_at"] = _time(request.ends_at, "endsAt")
    if request.HasField("time_zone"):
        changes["time_zone"] = request.time_zone
    if request.HasField("location"):
        changes["location"] = request.location.strip() or None
    if request.HasField("status"):
        changes["status"] = _status(request.status)
    return changes


def _status(number: int) -> str:
    return enum_name(events_pb2.EventStatus.DESCRIPTOR, number)


def _time(timestamp: Timestamp, field: str) -> datetime:
    fault = InvalidInput.of(field, "Must be a valid time.")
    try:
        moment = timestamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise fault from None
    # In the time zone of the event it may be a day earlier or later.
    if not MINYEAR < moment.year < MAXYEAR:
        raise fault
    return moment
