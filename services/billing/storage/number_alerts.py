"""News of phone numbers, kept as notifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.billing.domain.number_alerts import AlertedNumber, NumberAlert
from services.billing.storage.tables import notifications


async def already_alerted(
    connection: AsyncConnection, org_id: UUID, kind: str, numbers: Sequence[AlertedNumber]
) -> set[UUID]:
    """Return the ids of those ``numbers`` of which the organisation has been told this news."""
    told = set()
    for number in numbers:
        same = {"number_id": str(number.id), "at": number.at.isoformat()}
        found = await connection.scalar(
            select(func.count())
            .select_from(notifications)
            .where(
                notifications.c.org_id == org_id,
                notifications.c.type == kind,
                notifications.c.payload.contains({"numbers": [same]}),
            )
        )
        if found:
            told.add(number.id)
    return told


async def add(
    connection: AsyncConnection, org_id: UUID, news: NumberAlert, balance_cents: int
) -> None:
    """Make a notification of ``news``, due at once."""
    payload = {
        "org_name": news.org_name,
        "currency": news.currency,
        "emails": list(news.emails),
        "balance_cents": balance_cents,
        "numbers": [
            {
                "number_id": str(number.id),
                "phone_number": number.phone_number,
                "cents_per_month": number.cents_per_month,
                "at": number.at.isoformat(),
            }
            for number in news.numbers
        ],
    }
    await connection.execute(
        insert(notifications).values(
            id=new_id(), org_id=org_id, type=news.type, payload=payload, due_at=func.now()
        )
    )


def read(kind: str, payload: Mapping[str, Any]) -> NumberAlert:
    """Return the news that a notification keeps."""
    numbers = [
        AlertedNumber(
            UUID(number["number_id"]),
            number["phone_number"],
            number["cents_per_month"],
            datetime.fromisoformat(number["at"]),
        )
        for number in payload["numbers"]
    ]
    return NumberAlert(
        kind, payload["org_name"], payload["currency"], tuple(payload["emails"]), numbers
    )
