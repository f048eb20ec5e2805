"""Wire up the gRPC services that send messages, campaigns and event messages."""

import grpc

from servicekit.cursors import CursorCodec
from services.messaging.inbox.support.conversation_updates import ConversationUpdates
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.rpc.admin_sending import AdminSendingRpc
from services.messaging.sending.rpc.batches import Batches, BatchRpc
from services.messaging.sending.rpc.dispatch import DispatchRpc
from services.messaging.sending.rpc.event_messages import EventMessageRpc
from services.messaging.sending.rpc.messages import MessageRpc
from services.messaging.sending.usecases.delete_event_messages import DeleteEventMessages
from services.messaging.sending.usecases.hold_campaign import HoldCampaign
from services.messaging.sending.usecases.hold_sending import HoldSending
from services.messaging.sending.usecases.retry_event_message import RetryEventMessage
from services.messaging.sending.usecases.retry_message import RetryMessage
from services.messaging.sending.usecases.schedule_messages import ScheduleMessages
from services.messaging.sending.usecases.send_batch import SendBatch
from services.messaging.sending.usecases.set_sending_rate import SetSendingRate
from services.messaging.sending.usecases.submit_chunk import SubmitChunk
from services.messaging.sending.usecases.withdraw_campaign import WithdrawCampaign
from smsblaster.messaging.v1 import (
    admin_sending_pb2_grpc,
    batches_pb2_grpc,
    dispatch_pb2_grpc,
    event_texts_pb2_grpc,
    messages_pb2_grpc,
)


def register_messages(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    """Add the gRPC services for messages, campaigns and event messages to the server."""
    database = pipeline.kit.database
    submit = SubmitChunk(database, pipeline.accept, pipeline.terms, pipeline.accounts)
    withdraw = WithdrawCampaign(database, pipeline.refunds)
    send_batch = SendBatch(
        database,
        pipeline.accept,
        pipeline.accounts,
        pipeline.recipients,
        pipeline.terms,
        pipeline.settings.require_verified_email,
    )
    schedule = ScheduleMessages(pipeline.scheduling())
    batches = Batches(send_batch, schedule)
    batches_pb2_grpc.add_BatchServiceServicer_to_server(
        BatchRpc(batches, pipeline.quote(), pipeline.balances()), server
    )
    messages_pb2_grpc.add_MessageServiceServicer_to_server(
        MessageRpc(database, pipeline.send_message(), batches, schedule, _retry(pipeline)), server
    )
    event_texts_pb2_grpc.add_EventTextServiceServicer_to_server(_event_messages(pipeline), server)
    admin_sending_pb2_grpc.add_AdminSendingServiceServicer_to_server(
        _for_operators(pipeline), server
    )
    dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(
        DispatchRpc(
            database,
            submit,
            HoldCampaign(database),
            withdraw,
            pipeline.accounts,
            pipeline.settings.require_verified_email,
        ),
        server,
    )


def _for_operators(pipeline: Pipeline) -> AdminSendingRpc:
    database, cursors = pipeline.kit.database, CursorCodec(pipeline.settings.token_key())
    return AdminSendingRpc(database, HoldSending(database), SetSendingRate(database), cursors)


def _retry(pipeline: Pipeline) -> RetryMessage:
    return RetryMessage(pipeline.kit.database, pipeline.recipients, pipeline.send_message())


def _event_messages(pipeline: Pipeline) -> EventMessageRpc:
    database = pipeline.kit.database
    return EventMessageRpc(
        database,
        RetryEventMessage(database, pipeline.send_message()),
        DeleteEventMessages(database, ConversationUpdates()),
    )
