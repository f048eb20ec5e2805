"""Wire up the scheduled sends."""

from collections.abc import Sequence
from datetime import timedelta

import grpc

from servicekit.cursors import CursorCodec
from servicekit.jobs import Job
from services.messaging.inbox.support.conversation_updates import ConversationUpdates
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.rpc.scheduled import ScheduledSendRpc
from services.messaging.sending.storage import scheduled_turns
from services.messaging.sending.support.scheduled_plan import PlanTurns
from services.messaging.sending.usecases.cancel_scheduled import CancelScheduled
from services.messaging.sending.usecases.resume_scheduled import ResumeScheduled
from services.messaging.sending.usecases.send_scheduled import SendScheduled
from smsblaster.messaging.v1 import scheduled_pb2_grpc


def register_scheduled(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    """Add ``ScheduledSendService`` to the gRPC server."""
    database, settings = pipeline.kit.database, pipeline.settings
    scheduled_pb2_grpc.add_ScheduledSendServiceServicer_to_server(
        ScheduledSendRpc(
            database,
            CursorCodec(settings.token_key()),
            CancelScheduled(database),
            ResumeScheduled(database, settings.require_verified_email),
        ),
        server,
    )


def scheduled_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """Return the job that sends scheduled sends which are due."""
    database = pipeline.kit.database
    send = SendScheduled(
        database,
        pipeline.accept,
        pipeline.accounts,
        PlanTurns(database, pipeline.recipients, pipeline.terms),
        ConversationUpdates(),
    )
    return [
        Job(
            "send-scheduled",
            send.send_all,
            every=timedelta(seconds=1),
            has_work=scheduled_turns.HAS_DUE,
        )
    ]
