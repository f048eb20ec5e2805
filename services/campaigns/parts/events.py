"""Build the events package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.service import Kit
from services.campaigns.events.rpc.attendees import AttendeeRpc
from services.campaigns.events.rpc.event_messages import EventNotificationRpc
from services.campaigns.events.rpc.event_sms import EventSmsRpc
from services.campaigns.events.rpc.events import EventRpc
from services.campaigns.events.rpc.question_sets import QuestionSetRpc
from services.campaigns.parts.clients import Clients
from smsblaster.events.v1 import (
    attendees_pb2_grpc,
    events_pb2_grpc,
    notifications_pb2_grpc,
    question_sets_pb2_grpc,
    sms_pb2_grpc,
)


def register_events(
    kit: Kit, clients: Clients, cursors: CursorCodec, server: grpc.aio.Server
) -> None:
    """Add the servicers of events to `server`."""
    database, dispatch, texts = kit.database, clients.dispatch, clients.attendee_messages
    events_pb2_grpc.add_EventServiceServicer_to_server(
        EventRpc(database, cursors, dispatch), server
    )
    attendees_pb2_grpc.add_AttendeeServiceServicer_to_server(
        AttendeeRpc(database, cursors, clients.contacts, texts), server
    )
    question_sets_pb2_grpc.add_QuestionSetServiceServicer_to_server(
        QuestionSetRpc(database, cursors, dispatch), server
    )
    notifications_pb2_grpc.add_EventNotificationServiceServicer_to_server(
        EventNotificationRpc(database, cursors, dispatch), server
    )
    sms_pb2_grpc.add_EventSmsServiceServicer_to_server(EventSmsRpc(database, texts), server)
