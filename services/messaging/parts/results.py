"""Wire up campaign results, quiet hours and the withdrawal of cancelled campaigns' messages."""

from collections.abc import Sequence
from datetime import timedelta

import grpc

from servicekit.cursors import CursorCodec
from servicekit.jobs import Job
from services.messaging.history.rpc.results import ResultRpc
from services.messaging.history.usecases.export_results import ExportResults
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.rpc.quiet_hours import QuietHoursRpc
from services.messaging.sending.storage import withdrawals
from services.messaging.sending.usecases.set_quiet_hours import SetQuietHours
from services.messaging.sending.usecases.withdraw_campaign import WithdrawCampaign
from smsblaster.messaging.v1 import quiet_hours_pb2_grpc, results_pb2_grpc


def register_results(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    """Add the gRPC services for campaign results and quiet hours to the server."""
    database = pipeline.kit.database
    cursors = CursorCodec(pipeline.settings.token_key())
    results_pb2_grpc.add_ResultServiceServicer_to_server(
        ResultRpc(database, ExportResults(database), cursors), server
    )
    quiet_hours_pb2_grpc.add_QuietHoursServiceServicer_to_server(
        QuietHoursRpc(database, SetQuietHours(database)), server
    )


def result_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """Return the job that cancels and refunds the messages of cancelled campaigns."""
    withdraw = WithdrawCampaign(pipeline.kit.database, pipeline.refunds)
    return [
        Job(
            "withdraw-cancelled",
            withdraw.sweep,
            every=timedelta(seconds=2),
            has_work=withdrawals.HAS_OPEN,
        )
    ]
