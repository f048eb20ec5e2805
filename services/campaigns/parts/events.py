"""Build the events package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.service import Kit
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.usecases.cancel_campaign import CancelCampaign
from services.campaigns.campaigns.usecases.resume_campaign import ResumeCampaign
from services.campaigns.events.rpc.attendees import AttendeeRpc, AttendeeUseCases
from services.campaigns.events.rpc.event_messages import EventMessageRpc, EventMessageUseCases
from services.campaigns.events.rpc.event_sms import EventSmsRpc
from services.campaigns.events.rpc.events import EventRpc, EventUseCases
from services.campaigns.events.rpc.question_sets import QuestionSetRpc, QuestionSetUseCases
from services.campaigns.events.rpc.sms_retries import SmsRetryRpc, SmsRetryUseCases
from services.campaigns.events.support.find_attendees import FindAttendees
from services.campaigns.events.usecases.add_attendee import AddAttendee
from services.campaigns.events.usecases.add_matches import AddMatches
from services.campaigns.events.usecases.cancel_sms_retry import CancelSmsRetry
from services.campaigns.events.usecases.create_event import CreateEvent
from services.campaigns.events.usecases.create_question_set import CreateQuestionSet
from services.campaigns.events.usecases.create_sms_retry import CreateSmsRetry
from services.campaigns.events.usecases.delete_attendee import DeleteAttendee
from services.campaigns.events.usecases.delete_event import DeleteEvent
from services.campaigns.events.usecases.delete_match import DeleteMatch
from services.campaigns.events.usecases.delete_question_set import DeleteQuestionSet
from services.campaigns.events.usecases.edit_attendee import EditAttendee
from services.campaigns.events.usecases.edit_event import EditEvent
from services.campaigns.events.usecases.edit_question_set import EditQuestionSet
from services.campaigns.events.usecases.import_attendees import ImportAttendees
from services.campaigns.events.usecases.list_event_texts import ListEventTexts
from services.campaigns.events.usecases.quote_event_message import QuoteEventMessage
from services.campaigns.events.usecases.remove_organizer import RemoveOrganizer
from services.campaigns.events.usecases.retry_messages import RetryMessages
from services.campaigns.events.usecases.send_event_message import SendEventMessage
from services.campaigns.events.usecases.set_event_text import SetEventText
from services.campaigns.events.usecases.set_organizer import SetOrganizer
from services.campaigns.parts.clients import Clients
from smsblaster.events.v1 import (
    attendees_pb2_grpc,
    events_pb2_grpc,
    notifications_pb2_grpc,
    question_sets_pb2_grpc,
    sms_pb2_grpc,
    sms_retries_pb2_grpc,
)


def register_events(
    kit: Kit, clients: Clients, cursors: CursorCodec, server: grpc.aio.Server
) -> None:
    """Add the servicers of events to `server`."""
    database, dispatch, messages = kit.database, clients.dispatch, clients.attendee_messages
    events_pb2_grpc.add_EventServiceServicer_to_server(
        EventRpc(database, cursors, _event_use_cases(database, dispatch)), server
    )
    attendee_use_cases = _attendee_use_cases(database, clients)
    attendees_pb2_grpc.add_AttendeeServiceServicer_to_server(
        AttendeeRpc(
            database,
            cursors,
            clients.contacts,
            FindAttendees(database, messages),
            attendee_use_cases,
        ),
        server,
    )
    send = SendEventMessage(database, dispatch)
    question_sets_pb2_grpc.add_QuestionSetServiceServicer_to_server(
        QuestionSetRpc(database, cursors, dispatch, _question_set_use_cases(database, send)),
        server,
    )
    message_use_cases = _message_use_cases(database, clients, send)
    notifications_pb2_grpc.add_EventNotificationServiceServicer_to_server(
        EventMessageRpc(database, cursors, dispatch, message_use_cases), server
    )
    retries = SmsRetryUseCases(
        create=CreateSmsRetry(database, messages, dispatch), cancel=CancelSmsRetry(database)
    )
    sms_retries_pb2_grpc.add_EventSmsRetryServiceServicer_to_server(
        SmsRetryRpc(database, cursors, retries), server
    )
    sms_pb2_grpc.add_EventSmsServiceServicer_to_server(
        EventSmsRpc(database, messages, RetryMessages(database, messages)), server
    )


def _event_use_cases(database: Database, dispatch: Dispatch) -> EventUseCases:
    return EventUseCases(
        create=CreateEvent(database),
        edit=EditEvent(database, dispatch),
        delete=DeleteEvent(database, dispatch),
        set_organizer=SetOrganizer(database),
        remove_organizer=RemoveOrganizer(database),
    )


def _attendee_use_cases(database: Database, clients: Clients) -> AttendeeUseCases:
    return AttendeeUseCases(
        add=AddAttendee(database, clients.contacts),
        edit=EditAttendee(database, clients.contacts),
        delete=DeleteAttendee(database),
        import_file=ImportAttendees(database, clients.contacts),
    )


def _question_set_use_cases(database: Database, send: SendEventMessage) -> QuestionSetUseCases:
    return QuestionSetUseCases(
        create=CreateQuestionSet(database),
        edit=EditQuestionSet(database),
        delete=DeleteQuestionSet(database),
        send=send,
        add_matches=AddMatches(database),
        delete_match=DeleteMatch(database),
    )


def _message_use_cases(
    database: Database, clients: Clients, send: SendEventMessage
) -> EventMessageUseCases:
    dispatch = clients.dispatch
    return EventMessageUseCases(
        send=send,
        quote=QuoteEventMessage(database, dispatch, clients.prices),
        resume=ResumeCampaign(database, dispatch),
        cancel=CancelCampaign(database, dispatch),
        list_texts=ListEventTexts(database),
        set_text=SetEventText(database),
    )
