"""Store messages as if they had been sent or received in the past."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.common.storage.tables import campaign_counts, delivery_events, sms_messages

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Past:
    """A message that was sent or received in the past."""

    created_at: datetime = NOON
    status: str = "delivered"
    campaign_id: UUID | None = None
    contact_id: UUID = field(default_factory=new_id)
    error_code: int | None = None
    body: str = "Hello"
    direction: str = "out"
    retry_of: UUID | None = None
    id: UUID = field(default_factory=new_id)

    def row(self, org_id: UUID) -> dict[str, Any]:
        return {
            "id": self.id,
            "org_id": org_id,
            "contact_id": self.contact_id,
            "campaign_id": self.campaign_id,
            "to_number": "+14156000001",
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "error_code": self.error_code,
            "segments": 1,
            "price_cents": 1,
            "charged": True,
            "retry_of": self.retry_of,
            "created_at": self.created_at,
        }


def spread(template: Past, count: int, apart: timedelta = timedelta(minutes=1)) -> list[Past]:
    """Return `count` messages like `template`, each created `apart` after the one before."""
    return [
        replace(
            template, created_at=template.created_at + n * apart, id=new_id(), contact_id=new_id()
        )
        for n in range(count)
    ]


async def store(database: Database, org_id: UUID, past: Sequence[Past]) -> None:
    """Store messages and their campaigns."""
    async with database.org(org_id) as connection:
        for message in past:
            await connection.execute(insert(sms_messages).values(message.row(org_id)))
        for campaign_id in {m.campaign_id for m in past if m.campaign_id}:
            await connection.execute(
                insert(campaign_counts).values(campaign_id=campaign_id, org_id=org_id)
            )


async def add_event(database: Database, org_id: UUID, message_id: UUID, event_type: str) -> None:
    """Store a delivery report of a message."""
    async with database.org(org_id) as connection:
        await connection.execute(
            insert(delivery_events).values(
                org_id=org_id, message_id=message_id, event_type=event_type, payload={}
            )
        )
