"""Outgoing messages as CSV."""

from collections.abc import AsyncGenerator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.csv_out import CsvBlock, as_csv, harmless, rfc_3339
from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.history.domain.history import WantedMessages
from services.messaging.history.storage.history import ALL, Stretch, matching


def history_csv(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: WantedMessages,
    stretch: Stretch = ALL,
) -> AsyncGenerator[CsvBlock]:
    """The outgoing messages that ``wanted`` admits, oldest first, as CSV in blocks.

    A stretch that goes on from a message has no header.
    """
    query = (
        select(
            messages.c.id.label("Id"),
            rfc_3339(messages.c.created_at).label("Created at"),
            harmless(messages.c.to_number).label("To"),
            harmless(messages.c.from_number).label("From"),
            messages.c.status.label("Status"),
            harmless(messages.c.body).label("Message"),
            messages.c.segments.label("Segments"),
            messages.c.price_cents.label("Price (cents)"),
            messages.c.error_code.label("Error code"),
            rfc_3339(messages.c.sent_at).label("Sent at"),
            rfc_3339(messages.c.delivered_at).label("Delivered at"),
            messages.c.contact_id.label("Contact id"),
            messages.c.campaign_id.label("Campaign id"),
            messages.c.provider_sid.label("Provider id"),
        )
        .where(*matching(org_id, wanted), *stretch.conditions())
        .order_by(messages.c.created_at, messages.c.id)
    )
    return as_csv(connection, query, header=stretch.after is None)
