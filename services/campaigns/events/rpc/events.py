"""``EventService``."""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.domain.event_drafts import require_order, require_time_zone
from services.campaigns.events.storage import events, organizers
from services.campaigns.events.storage.events import NewEvent
from services.campaigns.events.support.load_event import current_viewer, load_event
from services.campaigns.events.usecases.delete_event import delete_event
from services.campaigns.events.usecases.edit_event import edit_event
from services.campaigns.events.usecases.event_organizers import remove_organizer, set_organizer
from smsblaster.events.v1 import events_pb2, events_pb2_grpc


class EventRpc(events_pb2_grpc.EventServiceServicer):
    """Serves events and who organizes them."""

    def __init__(self, database: Database, cursors: CursorCodec, dispatch: Dispatch) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch

    async def CreateEvent(
        self, request: events_pb2.CreateEventRequest, context: Context
    ) -> events_pb2.Event:
        """Store an event that the caller owns."""
        who, event = current_viewer(), _new_event(request)
        require_time_zone(event.time_zone)
        require_order(event.date, event.ends_at)
        async with self._database.org(who.org_id) as connection:
            return _event(await events.add(connection, who, event))

    async def ListEvents(
        self, request: events_pb2.ListEventsRequest, context: Context
    ) -> events_pb2.ListEventsResponse:
        """A page of the events that the caller may view."""
        who = current_viewer()
        limit = request.limit or 50
        before = id_of(self._cursors, who.org_id, request.cursor)
        status = _status(request.status) if request.HasField("status") else None
        async with self._database.org(who.org_id) as connection:
            rows = await events.page(connection, who, status, limit + 1, before)
        rows, next_cursor = page_of(self._cursors, who.org_id, rows, limit)
        return events_pb2.ListEventsResponse(
            items=[_event(row) for row in rows], next_cursor=next_cursor
        )

    async def GetEvent(
        self, request: events_pb2.GetEventRequest, context: Context
    ) -> events_pb2.Event:
        """One event."""
        return _event(await load_event(self._database, UUID(request.event_id), "view"))

    async def UpdateEvent(
        self, request: events_pb2.UpdateEventRequest, context: Context
    ) -> events_pb2.Event:
        """Change the fields that are given."""
        changes = _changes(request)
        event_id = UUID(request.event_id)
        return _event(await edit_event(self._database, self._dispatch, event_id, changes))

    async def DeleteEvent(
        self, request: events_pb2.DeleteEventRequest, context: Context
    ) -> events_pb2.DeleteEventResponse:
        """Soft-delete an event."""
        await delete_event(self._database, self._dispatch, UUID(request.event_id))
        return events_pb2.DeleteEventResponse()

    async def ListOrganizers(
        self, request: events_pb2.ListOrganizersRequest, context: Context
    ) -> events_pb2.ListOrganizersResponse:
        """The event's owner and co-organizers."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        async with self._database.org(event["org_id"]) as connection:
            rows = await organizers.of_event(connection, event["org_id"], event["id"])
        return events_pb2.ListOrganizersResponse(
            items=[_owner(event), *(_organizer(row) for row in rows)]
        )

    async def SetOrganizer(
        self, request: events_pb2.SetOrganizerRequest, context: Context
    ) -> events_pb2.Organizer:
        """Make somebody a co-organizer, or change what one may do."""
        permission = enum_name(events_pb2.EventPermission.DESCRIPTOR, request.permission)
        row = await set_organizer(
            self._database, UUID(request.event_id), UUID(request.user_id), permission
        )
        return _organizer(row)

    async def RemoveOrganizer(
        self, request: events_pb2.RemoveOrganizerRequest, context: Context
    ) -> events_pb2.RemoveOrganizerResponse:
        """Take a co-organizer away."""
        await remove_organizer(self._database, UUID(request.event_id), UUID(request.user_id))
        return events_pb2.RemoveOrganizerResponse()


def _event(row: RowMapping) -> events_pb2.Event:
    return fill(events_pb2.Event(), row)


def _organizer(row: Mapping[str, Any] | RowMapping) -> events_pb2.Organizer:
    return fill(events_pb2.Organizer(), row)


def _owner(event: RowMapping) -> events_pb2.Organizer:
    return _organizer(
        {
            "user_id": event["created_by"],
            "permission": "owner",
            "added_at": event["created_at"],
        }
    )


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
    """The columns to set."""
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
    fault = InvalidInput.of(field, "is not a time that can be kept")
    try:
        moment = timestamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise fault from None
    # In a time zone of its own it may be a day earlier or later.
    if not MINYEAR < moment.year < MAXYEAR:
        raise fault
    return moment
