"""Wire up the history, its retention, analytics, quotes and spending limits."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import grpc

from servicekit.cursors import CursorCodec
from servicekit.jobs import Job
from services.messaging.history.events.member_removed import MembersRemoved
from services.messaging.history.jobs.archive_messages import ArchiveMessages
from services.messaging.history.jobs.forget_messages import ForgetMessages
from services.messaging.history.rpc.admin_stats import AdminStatsRpc
from services.messaging.history.rpc.analytics import AnalyticsRpc
from services.messaging.history.rpc.exports import ExportRpc
from services.messaging.history.rpc.history import HistoryRpc
from services.messaging.history.rpc.retention import RetentionRpc
from services.messaging.history.storage import archive_files
from services.messaging.history.storage.archive import Month
from services.messaging.history.storage.exports import HAS_UNFINISHED
from services.messaging.history.support.known_ids import KnownIds
from services.messaging.history.usecases.delete_exports import DeleteExports
from services.messaging.history.usecases.download_export import DownloadExport
from services.messaging.history.usecases.list_history import ListHistory
from services.messaging.history.usecases.request_export import RequestExport
from services.messaging.history.usecases.set_retention import SetRetention
from services.messaging.history.usecases.stream_history import StreamHistory
from services.messaging.history.usecases.write_exports import WriteExports
from services.messaging.inbox.support.conversation_updates import ConversationUpdates
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.rpc.quote import QuoteRpc
from services.messaging.sending.rpc.sending_settings import SendingSettingsRpc
from services.messaging.sending.usecases.hold_scheduled import HoldScheduled
from services.messaging.sending.usecases.quote_counts import QuoteCounts
from services.messaging.sending.usecases.set_spending_limits import SetSpendingLimits
from services.messaging.settings import MessagingSettings
from smsblaster.messaging.v1 import (
    admin_stats_pb2_grpc,
    analytics_pb2_grpc,
    history_pb2_grpc,
    message_retention_pb2_grpc,
    quote_pb2_grpc,
    sending_settings_pb2_grpc,
)


def register_history(
    pipeline: Pipeline, settings: MessagingSettings, server: grpc.aio.Server
) -> None:
    """Add the gRPC services of history, analytics, quotes and spending limits to the server."""
    database = pipeline.kit.database
    analytics_pb2_grpc.add_AnalyticsServiceServicer_to_server(AnalyticsRpc(database), server)
    admin_stats_pb2_grpc.add_AdminStatsServiceServicer_to_server(AdminStatsRpc(database), server)
    message_retention_pb2_grpc.add_MessageRetentionServiceServicer_to_server(
        RetentionRpc(database, SetRetention(database)), server
    )
    _register_spending(pipeline, server)
    _register_exports(pipeline, settings, server)


def members_removed(pipeline: Pipeline, settings: MessagingSettings) -> MembersRemoved:
    """Build the consumer that handles the removal of members."""
    database = pipeline.kit.database
    exports = DeleteExports(database, settings.export_dir)
    return MembersRemoved(exports, HoldScheduled(database))


def history_jobs(pipeline: Pipeline, settings: MessagingSettings) -> Sequence[Job]:
    """Build the jobs for exports and for the archive."""
    database = pipeline.kit.database
    write = WriteExports(database, settings.export_dir, settings.export_link_hours)
    delete = DeleteExports(database, settings.export_dir)
    archive = ArchiveMessages(database, settings.archive_dir, settings.archive_after_months)
    forget = ForgetMessages(database, settings.archive_dir, ConversationUpdates())
    return [
        Job(
            "write-exports",
            write.write_all,
            every=timedelta(seconds=2),
            has_work=HAS_UNFINISHED,
        ),
        Job("forget-exports", delete.delete_expired, every=timedelta(hours=1)),
        Job("archive-messages", archive.archive_old_months, at=time(3, 30)),
        Job("forget-messages", forget.forget_old, every=timedelta(hours=6)),
    ]


async def read_archive(
    settings: MessagingSettings, _stop: asyncio.Event, *, org: str, month: str
) -> None:
    """Print an organisation's archived messages of a month as JSON, one message per line.

    Args:
        settings: The settings, which contain the folder of the archive.
        org: The organisation's id.
        month: The month in UTC, as YYYY-MM.

    Raises:
        ValueError: `org` is not a UUID, or `month` is not a month.
    """
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    for line in archive_files.read(settings.archive_dir, Month(UUID(org), start)):
        print(line)


def _register_exports(
    pipeline: Pipeline, settings: MessagingSettings, server: grpc.aio.Server
) -> None:
    database, keys = pipeline.kit.database, settings.token_keys()
    cursors = CursorCodec(settings.token_key())
    slots = max(1, settings.pool_size // 4)
    known_ids = KnownIds(database, pipeline.recipients)
    history = ListHistory(database, known_ids)
    export = StreamHistory(database, known_ids, settings.export_max_rows, slots)
    request = RequestExport(database, known_ids)
    download = DownloadExport(settings.export_dir, keys)
    history_pb2_grpc.add_HistoryServiceServicer_to_server(
        HistoryRpc(history, export, request, cursors, keys), server
    )
    history_pb2_grpc.add_ExportServiceServicer_to_server(
        ExportRpc(database, request, download, cursors, keys), server
    )


def _register_spending(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    database, counts = pipeline.kit.database, QuoteCounts(pipeline.terms, pipeline.senders)
    quote_pb2_grpc.add_QuoteServiceServicer_to_server(
        QuoteRpc(database, pipeline.terms, pipeline.quote(), counts, pipeline.balances()), server
    )
    sending_settings_pb2_grpc.add_SendingSettingsServiceServicer_to_server(
        SendingSettingsRpc(database, SetSpendingLimits(database, pipeline.prices)), server
    )
