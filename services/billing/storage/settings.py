"""Alert settings of organisations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import billing_settings as settings


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The minimum balance below which an organisation is alerted, and who is alerted.

    ``org_name`` is the organisation's name in alerts. ``sms_alert_to`` is an E.164 phone number or
    None. ``updated_at`` is None for settings that are not stored.
    """

    org_name: str
    min_balance_cents: int
    notify_emails: tuple[str, ...]
    sms_alert_to: str | None
    updated_at: datetime | None = None


async def find(connection: AsyncConnection, org_id: UUID) -> AlertSettings | None:
    """Load the organisation's settings. Returns None if it has never saved any."""
    row = (await connection.execute(select(settings).where(settings.c.org_id == org_id))).first()
    return _settings(row) if row else None


async def replace(
    connection: AsyncConnection, org_id: UUID, wanted: AlertSettings
) -> AlertSettings:
    """Save the organisation's settings and return them as stored."""
    values = {
        "org_name": wanted.org_name,
        "min_balance_cents": wanted.min_balance_cents,
        "notify_emails": list(wanted.notify_emails),
        "sms_alert_to": wanted.sms_alert_to,
    }
    statement = (
        insert(settings)
        .values(org_id=org_id, **values)
        .on_conflict_do_update(
            index_elements=[settings.c.org_id], set_={**values, "updated_at": func.now()}
        )
        .returning(settings)
    )
    return _settings((await connection.execute(statement)).one())


def _settings(row: "Row[tuple[object, ...]]") -> AlertSettings:
    return AlertSettings(
        row.org_name,
        row.min_balance_cents,
        tuple(row.notify_emails),
        row.sms_alert_to,
        row.updated_at,
    )
