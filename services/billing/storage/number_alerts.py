"""Alerts about phone numbers, stored in the table ``notifications``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.billing.domain.number_alerts import AlertedNumber, NumberAlert
from services.billing.storage.tables import notifications


async def already_alerted(
    connection: AsyncConnection, org_id: UUID, kind: str, numbers: Sequence[AlertedNumber]
) -> set[UUID]:
    """Return the ids of the ``numbers`` that have an alert of this ``kind`` for the same time."""
    alerted = set()
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
            alerted.add(number.id)
    return alerted


async def add(connection: AsyncConnection, org_id: UUID, alert: NumberAlert) -> None:
    """Store ``alert``, to be sent at once."""
    payload = {
        "org_name": alert.org_name,
        "currency": alert.currency,
        "emails": list(alert.emails),
        "balance_cents": alert.balance_cents,
        "numbers": [
            {
                "number_id": str(number.id),
                "phone_number": number.phone_number,
                "cents_per_month": number.cents_per_month,
                "at": number.at.isoformat(),
            }
            for number in alert.numbers
        ],
    }
    await connection.execute(
        insert(notifications).values(
            id=new_id(), org_id=org_id, type=alert.type, payload=payload, due_at=func.now()
        )
    )
    note(connection, Hint(org_id, Topic.NOTIFICATION))


def read(kind: str, payload: Mapping[str, Any]) -> NumberAlert:
    """Return the alert that a stored payload describes."""
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
        kind,
        payload["org_name"],
        payload["currency"],
        tuple(payload["emails"]),
        payload["balance_cents"],
        numbers,
    )
