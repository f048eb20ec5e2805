"""Twilio subaccounts: one for each organisation, and the lease on setting them up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, case, exists, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.storage.account_tables import twilio_api_keys
from services.messaging.common.storage.tables import (
    twilio_messaging_services,
    twilio_numbers,
    twilio_subaccounts,
)

LEASE_SECONDS = 90
"""How long a lease lasts unless it is given back; longer than what is done under one may take."""

_PUBLIC = (
    twilio_subaccounts.c.org_id,
    twilio_subaccounts.c.sub_account_sid,
    twilio_subaccounts.c.friendly_name,
    twilio_subaccounts.c.created_at,
)

_ADMIN = (
    *_PUBLIC,
    case((twilio_subaccounts.c.suspended_at.is_(None), "active"), else_="suspended").label(
        "status"
    ),
)

_TAKE_LEASE = text("""
WITH before AS (
  SELECT org_id, setup_lease_until FROM twilio_subaccounts WHERE org_id = :org_id FOR UPDATE
)
UPDATE twilio_subaccounts AS account
SET setup_lease_until = now() + make_interval(secs => :seconds)
FROM before
WHERE account.org_id = before.org_id AND before.setup_lease_until < now()
RETURNING account.setup_lease_until AS until,
  before.setup_lease_until > '-infinity' AS interrupted
""")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease on an account's setup. ``interrupted``: who held it before did not give it back."""

    org_id: UUID
    until: datetime
    interrupted: bool


async def intend(connection: AsyncConnection, org_id: UUID, friendly_name: str) -> None:
    """Note that the organisation is to have an account; nothing where it is noted already."""
    await connection.execute(
        insert(twilio_subaccounts)
        .values(org_id=org_id, friendly_name=friendly_name)
        .on_conflict_do_nothing()
    )


async def intended(connection: AsyncConnection, org_id: UUID) -> RowMapping:
    """The organisation's account, which may not be open yet."""
    rows = await connection.execute(select(*_PUBLIC).where(twilio_subaccounts.c.org_id == org_id))
    return rows.mappings().one()


async def find(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's open account, if it has one."""
    rows = await connection.execute(
        select(*_PUBLIC).where(
            twilio_subaccounts.c.org_id == org_id,
            twilio_subaccounts.c.sub_account_sid.is_not(None),
        )
    )
    return rows.mappings().first()


async def open_as(
    connection: AsyncConnection, org_id: UUID, sub_account_sid: str, auth_token_encrypted: str
) -> RowMapping:
    """Note which account Twilio opened.

    Violates ``uq_twilio_subaccounts_sid`` where another organisation has it.
    """
    rows = await connection.execute(
        update(twilio_subaccounts)
        .where(twilio_subaccounts.c.org_id == org_id)
        .values(sub_account_sid=sub_account_sid, auth_token_encrypted=auth_token_encrypted)
        .returning(*_PUBLIC)
    )
    row: RowMapping = rows.mappings().one()
    return row


async def owned_among(connection: AsyncConnection, sids: Collection[str]) -> set[str]:
    """Those of ``sids`` that any organisation has."""
    rows = await connection.execute(
        select(twilio_subaccounts.c.sub_account_sid).where(
            twilio_subaccounts.c.sub_account_sid.in_(sids)
        )
    )
    return set(rows.scalars())


async def page(
    connection: AsyncConnection, before: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Open accounts of all organisations, the newest organisation first, from before one."""
    query = select(*_ADMIN).where(twilio_subaccounts.c.sub_account_sid.is_not(None))
    if before:
        query = query.where(twilio_subaccounts.c.org_id < before)
    rows = await connection.execute(query.order_by(twilio_subaccounts.c.org_id.desc()).limit(limit))
    return rows.mappings().all()


async def set_suspended(
    connection: AsyncConnection, org_id: UUID, suspended: bool
) -> RowMapping | None:
    """Note whether the organisation's account may send; None where it has none."""
    since = func.coalesce(twilio_subaccounts.c.suspended_at, func.now()) if suspended else None
    rows = await connection.execute(
        update(twilio_subaccounts)
        .where(
            twilio_subaccounts.c.org_id == org_id,
            twilio_subaccounts.c.sub_account_sid.is_not(None),
        )
        .values(suspended_at=since)
        .returning(*_ADMIN)
    )
    return rows.mappings().first()


async def with_sender(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's account, its encrypted secrets and what it can send from."""
    service = twilio_messaging_services
    key = (
        select(twilio_api_keys)
        .where(
            twilio_api_keys.c.org_id == twilio_subaccounts.c.org_id,
            twilio_api_keys.c.revoked_at.is_(None),
        )
        .order_by(twilio_api_keys.c.created_at.desc())
        .limit(1)
        .lateral()
    )
    has_sender = exists().where(
        twilio_numbers.c.org_id == org_id,
        twilio_numbers.c.messaging_service_sid == service.c.sid,
        twilio_numbers.c.released_at.is_(None),
    )
    rows = await connection.execute(
        select(
            twilio_subaccounts.c.org_id,
            twilio_subaccounts.c.sub_account_sid,
            twilio_subaccounts.c.auth_token_encrypted,
            twilio_subaccounts.c.secondary_token_encrypted,
            twilio_subaccounts.c.suspended_at,
            key.c.id.label("key_id"),
            key.c.sid.label("key_sid"),
            key.c.secret_encrypted.label("key_secret"),
            service.c.sid.label("messaging_service_sid"),
            has_sender.label("has_sender"),
        )
        .outerjoin(service, service.c.org_id == twilio_subaccounts.c.org_id)
        .outerjoin(key, true())
        .where(
            twilio_subaccounts.c.org_id == org_id,
            twilio_subaccounts.c.sub_account_sid.is_not(None),
        )
    )
    return rows.mappings().first()


async def tokens_of(connection: AsyncConnection, sub_account_sid: str) -> RowMapping | None:
    """The encrypted tokens of an account, of whatever organisation: webhooks name no tenant."""
    rows = await connection.execute(
        select(
            twilio_subaccounts.c.org_id,
            twilio_subaccounts.c.auth_token_encrypted,
            twilio_subaccounts.c.secondary_token_encrypted,
        ).where(twilio_subaccounts.c.sub_account_sid == sub_account_sid)
    )
    return rows.mappings().first()


async def take_lease(connection: AsyncConnection, org_id: UUID) -> Lease | None:
    """The lease on setting the account up; None while somebody else holds it."""
    rows = await connection.execute(_TAKE_LEASE, {"org_id": org_id, "seconds": LEASE_SECONDS})
    row = rows.first()
    return Lease(org_id, row.until, row.interrupted) if row else None


async def give_back(connection: AsyncConnection, lease: Lease) -> None:
    """Let others have the lease; nothing where it has run out and another holds it."""
    await connection.execute(
        update(twilio_subaccounts)
        .where(
            twilio_subaccounts.c.org_id == lease.org_id,
            twilio_subaccounts.c.setup_lease_until == lease.until,
        )
        .values(setup_lease_until=text("'-infinity'"))
    )
