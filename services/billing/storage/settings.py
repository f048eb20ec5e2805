"""Billing settings of organisations: who pays, and alerts about a low balance."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from services.billing.domain.ledger import Payer
from services.billing.domain.payers import DEFAULT_PAYER
from services.billing.storage.tables import billing_settings as settings


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The minimum balance below which an organisation is alerted, and who is alerted.

    ``org_name`` is the organisation's name in alerts. ``sms_alert_to`` is an E.164 phone number or
    None. ``updated_at`` is None for settings that are not stored. ``payer``: whose balance pays;
    None in settings to be stored means that it is not changed. ``version`` grows with each change,
    from 0 for settings that are not stored.
    """

    org_name: str
    min_balance_cents: int
    notify_emails: tuple[str, ...]
    sms_alert_to: str | None
    updated_at: datetime | None = None
    payer: Payer | None = None
    version: int = 0


async def find(connection: AsyncConnection, org_id: UUID) -> AlertSettings | None:
    """Load the organisation's settings. Returns None if it has never saved any."""
    row = (await connection.execute(select(settings).where(settings.c.org_id == org_id))).first()
    return _settings(row) if row else None


async def payer_of(connection: AsyncConnection, org_id: UUID) -> Payer:
    """Return whose balance pays for what members of the organisation send now."""
    payer: Payer | None = await connection.scalar(
        select(settings.c.payer).where(settings.c.org_id == org_id)
    )
    return payer or DEFAULT_PAYER


_SHOWN = ("min_balance_cents", "notify_emails", "sms_alert_to", "payer")
"""The columns that users see and change."""


async def lock(connection: AsyncConnection, org_id: UUID) -> Versions:
    """Lock the organisation's settings and return their versions."""
    return await settings_rows.lock(connection, settings, org_id)


async def replace(
    connection: AsyncConnection, org_id: UUID, wanted: AlertSettings
) -> AlertSettings:
    """Save the organisation's settings and return them as stored."""
    values: dict[str, object] = {
        "org_name": wanted.org_name,
        "min_balance_cents": wanted.min_balance_cents,
        "notify_emails": list(wanted.notify_emails),
        "sms_alert_to": wanted.sms_alert_to,
    }
    if wanted.payer:
        values["payer"] = wanted.payer
    statement = (
        insert(settings)
        .values(org_id=org_id, column_versions=dict.fromkeys(_SHOWN, 1), **values)
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
        row.payer,
        row.version,
    )
