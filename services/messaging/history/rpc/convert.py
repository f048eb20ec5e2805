"""Convert between protobuf messages and history's own types."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime

from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from services.messaging.history.domain import export_links
from services.messaging.history.domain.export_links import ExportLink
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage.exports import Export
from smsblaster.messaging.v1 import history_pb2, messages_pb2

_CSV = "text/csv; charset=utf-8"

FilterRequest = (
    history_pb2.ListHistoryRequest
    | history_pb2.ExportHistoryRequest
    | history_pb2.CreateExportRequest
)


def message_filter(request: FilterRequest) -> MessageFilter:
    """Return the filter in a request.

    Raises:
        InvalidInput: `from` is not before `to`.
    """
    from_time = _time(request.from_time) if request.HasField("from_time") else None
    to_time = _time(request.to_time) if request.HasField("to_time") else None
    if from_time and to_time and from_time >= to_time:
        raise InvalidInput.of("to", "must be later than `from`")
    statuses = messages_pb2.MessageStatus.DESCRIPTOR
    return MessageFilter(
        from_time=from_time,
        to_time=to_time,
        status=enum_name(statuses, request.status) if request.status else None,
        campaign_id=parse_id(request.campaign_id),
        contact_id=parse_id(request.contact_id),
        error_code=request.error_code or None,
        include_retried=request.include_retried,
        reference=request.reference or None,
    )


def export_message(export: Export, keys: Sequence[bytes]) -> history_pb2.Export:
    """Return the protobuf message of an export, with a download link if its file is written.

    Args:
        export: The export.
        keys: The link is signed with the first of these keys.
    """
    message = fill(history_pb2.Export(), export)
    if export.status == "done" and export.expires_at:
        token = export_links.sign(keys[0], ExportLink(export.org_id, export.id, export.expires_at))
        message.download_url = f"/api/history/exports/{export.id}/download?token={token}"
    return message


async def csv_body(blocks: AsyncGenerator[bytes]) -> AsyncGenerator[httpbody_pb2.HttpBody]:
    """Yield the blocks of a CSV file as the body of an HTTP response."""
    content_type = _CSV  # only the first block has it
    async for block in blocks:
        yield httpbody_pb2.HttpBody(content_type=content_type, data=block)
        content_type = ""


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
