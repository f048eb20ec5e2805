"""Export the results of a campaign as CSV."""

import csv
import io
import json
from collections.abc import AsyncGenerator, Iterable
from typing import Any
from uuid import UUID

from servicekit.api_json.timestamps import format_time
from servicekit.db.csv_out import BYTE_ORDER_MARK, escaped_text
from servicekit.db.database import Database
from services.messaging.common.domain.provider_errors import description
from services.messaging.history.storage import results
from services.messaging.history.storage.results import RecipientResult, ResultFilter

_ROWS = 2000
_HEADER = (
    *("Contact id", "Message id", "Phone", "Status", "Error code", "Error", "Segments"),
    *("Price (cents)", "Sent at", "Delivered at", "Reference", "Metadata"),
)


class ExportResults:
    """Exports a campaign's results, one row for each recipient.

    Results are read in pages, so that no transaction lasts for the whole download.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, org_id: UUID, wanted: ResultFilter) -> AsyncGenerator[bytes]:
        """Yield the matching results as CSV with a header row, in the order of contact ids.

        No transaction is open while a block is sent. Phone numbers begin with an apostrophe, as in
        the export of contacts, because a spreadsheet would take them for formulas.
        """
        yield BYTE_ORDER_MARK.encode() + _block([_HEADER])
        after: UUID | None = None
        while True:
            async with self._database.org(org_id) as connection:
                found = await results.page(connection, org_id, wanted, _ROWS, after)
            if not found:
                return
            yield _block(map(_cells, found))
            after = found[-1].contact_id


def _cells(result: RecipientResult) -> tuple[Any, ...]:
    return (
        result.contact_id,
        result.message_id,
        "'" + result.to,
        result.status,
        result.error_code,
        result.error_message or description(result.error_code),
        result.segments,
        result.price_cents,
        format_time(result.sent_at) if result.sent_at else None,
        format_time(result.delivered_at) if result.delivered_at else None,
        escaped_text(result.reference) if result.reference else None,
        json.dumps(result.metadata, ensure_ascii=False) if result.metadata else None,
    )


def _block(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
