"""Convert filters for contacts from and to protobuf messages."""

from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from services.contacts.domain.contacts import ContactFilter, OptStatus
from smsblaster.contacts.v1 import contacts_pb2, transfer_pb2

FilterRequest: TypeAlias = (
    contacts_pb2.ListContactsRequest
    | contacts_pb2.CountContactsRequest
    | contacts_pb2.ContactFilter
    | transfer_pb2.ExportContactsRequest
)


def filter_of(request: FilterRequest) -> ContactFilter:
    """Return the filter in a request. Raises ``InvalidInput`` unless ``from`` is before ``to``."""
    start = _time(request.from_time) if request.HasField("from_time") else None
    end = _time(request.to_time) if request.HasField("to_time") else None
    if start and end and start >= end:
        raise InvalidInput.of("to", "must be later than `from`")
    return ContactFilter(
        search=request.search,
        tag=request.tag,
        list_id=UUID(request.list_id) if request.HasField("list_id") else None,
        opt_status=_opt_status(request) if request.HasField("opt_status") else None,
        added_from=start,
        added_before=end,
    )


def filter_message(filters: ContactFilter) -> contacts_pb2.ContactFilter:
    """Return a filter as a protobuf message."""
    return fill(
        contacts_pb2.ContactFilter(),
        {
            "search": filters.search or None,
            "tag": filters.tag or None,
            "list_id": filters.list_id,
            "opt_status": filters.opt_status,
            "from_time": filters.added_from,
            "to_time": filters.added_before,
        },
    )


def _opt_status(request: FilterRequest) -> OptStatus:
    is_out = request.opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT
    return "opted_out" if is_out else "opted_in"


def _time(value: Timestamp) -> datetime:
    return value.ToDatetime(UTC)
