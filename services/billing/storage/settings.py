"""Organisations' settings for alerts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import billing_settings as settings


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """``org_name`` is what alerts call the organisation; ``sms_alert_to`` is E.164 or None."""

    org_name: str
    min_balance_cents: int
    notify_emails: tuple[str, ...]
    sms_alert_to: str | None


async def find(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's settings; None where nothing was ever set."""
    query = select(settings).where(settings.c.org_id == org_id)
    return (await connection.execute(query)).mappings().first()


async def replace(connection: AsyncConnection, org_id: UUID, wanted: AlertSettings) -> RowMapping:
    """Set the organisation's settings; they as they are now."""
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
    row: RowMapping = (await connection.execute(statement)).mappings().one()
    return row
