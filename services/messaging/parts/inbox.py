"""Wire up conversations and the search of messages."""

from collections.abc import Sequence
from datetime import timedelta

import grpc

from servicekit.contact_merges import ContactsMergedConsumer
from servicekit.cursors import CursorCodec
from servicekit.jobs import Job
from services.messaging.common.rpc.error_codes import ErrorCodeRpc
from services.messaging.inbox.jobs.report_test_messages import ReportTestMessages
from services.messaging.inbox.rpc.conversations import ConversationRpc
from services.messaging.inbox.rpc.inbox import InboxRpc
from services.messaging.inbox.rpc.message_list import MessageListRpc
from services.messaging.inbox.usecases.archive_conversation import ArchiveConversation
from services.messaging.inbox.usecases.list_messages import ListMessages
from services.messaging.inbox.usecases.mark_read import MarkRead
from services.messaging.inbox.usecases.move_merged_contact import MoveMergedContact
from services.messaging.inbox.usecases.read_conversations import ReadConversations
from services.messaging.inbox.usecases.renew_search_words import RenewSearchWords
from services.messaging.inbox.usecases.review_opt_out import ReviewOptOut
from services.messaging.inbox.usecases.schedule_reply import ScheduleReply
from services.messaging.inbox.usecases.search_messages import SearchMessages
from services.messaging.inbox.usecases.send_reply import SendReply
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.domain.magic_numbers import STEP_SECONDS
from services.messaging.sending.storage import messages_in_test_mode
from services.messaging.sending.usecases.apply_reports import ApplyReports
from smsblaster.messaging.v1 import (
    error_codes_pb2_grpc,
    inbox_pb2_grpc,
    message_list_pb2_grpc,
    threads_pb2_grpc,
)


def register_inbox(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    """Add the gRPC services for conversations and the search to the server."""
    database, recipients = pipeline.kit.database, pipeline.recipients
    cursors = CursorCodec(pipeline.settings.token_key())
    mark = MarkRead(database, recipients)
    archive = ArchiveConversation(database, recipients)
    review = ReviewOptOut(database, recipients)
    threads_pb2_grpc.add_ThreadServiceServicer_to_server(
        ConversationRpc(cursors, ReadConversations(database, recipients), mark, archive, review),
        server,
    )
    inbox_pb2_grpc.add_InboxServiceServicer_to_server(
        InboxRpc(
            cursors,
            mark,
            SendReply(database, recipients, pipeline.send_message()),
            ScheduleReply(database, recipients, pipeline.scheduling()),
            SearchMessages(database, recipients),
        ),
        server,
    )
    message_list_pb2_grpc.add_MessageListServiceServicer_to_server(
        MessageListRpc(cursors, ListMessages(database, recipients)), server
    )
    error_codes_pb2_grpc.add_ErrorCodeServiceServicer_to_server(ErrorCodeRpc(), server)


def inbox_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """Return the jobs that renew search words, and that simulate the phones of test mode."""
    database = pipeline.kit.database
    renew = RenewSearchWords(database)
    apply = ApplyReports(pipeline.recipients, pipeline.refunds, STEP_SECONDS)
    return [
        Job("renew-search-words", renew.renew_all, every=timedelta(hours=1)),
        Job(
            "report-test-messages",
            ReportTestMessages(database, apply, pipeline.receive()).run,
            every=timedelta(seconds=1),
            has_work=messages_in_test_mode.HAS_DUE,
        ),
    ]


def contacts_merged(pipeline: Pipeline) -> ContactsMergedConsumer:
    """Build the consumer that handles merges of contacts."""
    return ContactsMergedConsumer(MoveMergedContact(pipeline.kit.database).move)
