"""What serves messages and conversations, put together."""

import grpc

from servicekit.cursors import CursorCodec
from services.messaging.parts.pipeline import Pipeline
from services.messaging.rpc.dispatch import DispatchRpc
from services.messaging.rpc.messages import MessageRpc
from services.messaging.rpc.threads import ThreadRpc
from services.messaging.usecases.send_batch import SendBatch
from services.messaging.usecases.send_message import SendMessage
from services.messaging.usecases.submit_chunk import SubmitChunk
from smsblaster.messaging.v1 import (
    dispatch_pb2_grpc,
    messages_pb2_grpc,
    threads_pb2_grpc,
)


def register_messages(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    """Add what serves them to ``server``."""
    database = pipeline.kit.database
    cursors = CursorCodec(pipeline.settings.token_key())
    submit = SubmitChunk(database, pipeline.accept, pipeline.prices, pipeline.accounts)
    send_message = SendMessage(
        database, pipeline.accept, pipeline.hand_over(), pipeline.recipients, pipeline.prices
    )
    send_batch = SendBatch(pipeline.accept, pipeline.accounts, pipeline.recipients, pipeline.prices)
    messages_pb2_grpc.add_MessageServiceServicer_to_server(
        MessageRpc(database, send_message, send_batch), server
    )
    dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(
        DispatchRpc(database, submit, pipeline.accounts), server
    )
    threads_pb2_grpc.add_ThreadServiceServicer_to_server(ThreadRpc(database, cursors), server)
