"""Read outgoing messages as CSV."""

from collections.abc import AsyncGenerator
from uuid import UUID

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.csv_out import CsvBlock, as_csv, escape_formula, rfc_3339
from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage.outgoing_messages import ALL, MessageRange, matching


def history_csv(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: MessageFilter,
    message_range: MessageRange = ALL,
) -> AsyncGenerator[CsvBlock]:
    """Return the matching messages of `message_range` as blocks of CSV, oldest first.

    There is a header row only if the range starts with the oldest message.
    """
    query = (
        select(
            messages.c.id.label("Id"),
            rfc_3339(messages.c.created_at).label("Created at"),
            escape_formula(messages.c.to_number).label("To"),
            escape_formula(messages.c.from_number).label("From"),
            messages.c.status.label("Status"),
            escape_formula(messages.c.body).label("Message"),
            messages.c.segments.label("Segments"),
            messages.c.price_cents.label("Price (cents)"),
            messages.c.error_code.label("Error code"),
            rfc_3339(messages.c.sent_at).label("Sent at"),
            rfc_3339(messages.c.delivered_at).label("Delivered at"),
            messages.c.contact_id.label("Contact id"),
            messages.c.campaign_id.label("Campaign id"),
            messages.c.provider_sid.label("Provider id"),
            escape_formula(messages.c.reference).label("Reference"),
            cast(messages.c.metadata, Text).label("Metadata"),
        )
        .where(*matching(org_id, wanted), *message_range.conditions())
        .order_by(messages.c.created_at, messages.c.id)
    )
    return as_csv(connection, query, header=message_range.after is None)
