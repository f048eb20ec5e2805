"""A campaign's results as CSV, a block at a time."""

import csv
import io
from collections.abc import AsyncGenerator, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.csv_out import BYTE_ORDER_MARK
from servicekit.db.database import Database
from services.messaging.common.domain.provider_errors import description
from services.messaging.history.storage import results
from services.messaging.history.storage.results import WantedResults

_ROWS = 2000
_HEADER = (
    *("Contact id", "Message id", "Phone", "Status", "Error code", "Error", "Segments"),
    *("Price (cents)", "Sent at", "Delivered at"),
)


async def export_results(
    database: Database, org_id: UUID, wanted: WantedResults
) -> AsyncGenerator[bytes]:
    """The results that match, with a header row, in the order of contact ids.

    No transaction is open while a block is on its way. A phone number begins with a quote, as in
    the export of contacts: a spreadsheet would take it for a formula.
    """
    yield BYTE_ORDER_MARK.encode() + _block([_HEADER])
    after: UUID | None = None
    while True:
        async with database.org(org_id) as connection:
            rows = await results.page(connection, org_id, wanted, _ROWS, after)
        if not rows:
            return
        yield _block(_cells(row) for row in rows)
        after = rows[-1]["contact_id"]


def _cells(row: RowMapping) -> tuple[Any, ...]:
    return (
        row["contact_id"],
        row["message_id"],
        "'" + row["to"],
        row["status"],
        row["error_code"],
        row["error_message"] or description(row["error_code"]),
        row["segments"],
        row["price_cents"],
        _written(row["sent_at"]),
        _written(row["delivered_at"]),
    )


def _written(time: datetime | None) -> str | None:
    """As the history's CSV has it: RFC 3339 in UTC, with milliseconds."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _block(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
