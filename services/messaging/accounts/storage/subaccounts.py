"""Twilio subaccounts, one for each organisation, and the leases for setting them up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, exists, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.modes import org_in_test_mode
from services.messaging.accounts.storage.account_tables import twilio_api_keys
from services.messaging.common.storage.rows import columns_of
from services.messaging.common.storage.tables import (
    twilio_messaging_services,
    twilio_numbers,
)
from services.messaging.common.storage.tables import twilio_subaccounts as accounts

LEASE_SECONDS = 90
"""Seconds until a lease ends by itself. It must be longer than the work that needs the lease."""

_ACQUIRE_LEASE = text("""
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
    """A lease for setting up an account.

    ``interrupted``: whether the process that had the lease before did not release it.
    """

    org_id: UUID
    until: datetime
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Subaccount:
    """An organisation's account at Twilio."""

    org_id: UUID
    sub_account_sid: str
    friendly_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AdminSubaccount(Subaccount):
    """An account as operators see it. ``status``: ``active`` or ``suspended``."""

    status: str


@dataclass(frozen=True, slots=True)
class PreparedSubaccount:
    """A stored row for an account that Twilio has opened or will open."""

    org_id: UUID
    sub_account_sid: str | None
    friendly_name: str
    created_at: datetime

    @property
    def opened(self) -> Subaccount | None:
        """The account, or None until Twilio has opened it."""
        if self.sub_account_sid is None:
            return None
        return Subaccount(self.org_id, self.sub_account_sid, self.friendly_name, self.created_at)


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The encrypted auth tokens of an account. It has a secondary token only during a rotation."""

    org_id: UUID
    auth_token_encrypted: str | None
    secondary_token_encrypted: str | None


@dataclass(frozen=True, slots=True)
class StoredAccount(StoredTokens):
    """An account with its encrypted secrets, and whether it has a number to send from."""

    sub_account_sid: str
    suspended_at: datetime | None
    key_id: UUID | None
    key_sid: str | None
    key_secret: str | None
    messaging_service_sid: str | None
    has_sender: bool


_COLUMNS = columns_of(accounts, Subaccount)
_ADMIN_COLUMNS = (
    *_COLUMNS,
    case((accounts.c.suspended_at.is_(None), "active"), else_="suspended").label("status"),
)


async def prepare(connection: AsyncConnection, org_id: UUID, friendly_name: str) -> None:
    """Add a row for an account that Twilio will open. Idempotent."""
    await connection.execute(
        insert(accounts).values(org_id=org_id, friendly_name=friendly_name).on_conflict_do_nothing()
    )


async def prepared(connection: AsyncConnection, org_id: UUID) -> PreparedSubaccount:
    """Return the row that :func:`prepare` has added."""
    rows = await connection.execute(select(*_COLUMNS).where(accounts.c.org_id == org_id))
    return PreparedSubaccount(**rows.mappings().one())


async def find(connection: AsyncConnection, org_id: UUID) -> Subaccount | None:
    """Return the organisation's account, if Twilio has opened one."""
    rows = await connection.execute(
        select(*_COLUMNS).where(
            accounts.c.org_id == org_id, accounts.c.sub_account_sid.is_not(None)
        )
    )
    row = rows.mappings().first()
    return Subaccount(**row) if row else None


async def set_opened(
    connection: AsyncConnection, org_id: UUID, sub_account_sid: str, auth_token_encrypted: str
) -> Subaccount:
    """Store the account that Twilio opened.

    Violates ``uq_twilio_subaccounts_sid`` if another organisation has the account.
    """
    rows = await connection.execute(
        update(accounts)
        .where(accounts.c.org_id == org_id)
        .values(sub_account_sid=sub_account_sid, auth_token_encrypted=auth_token_encrypted)
        .returning(*_COLUMNS)
    )
    return Subaccount(**rows.mappings().one())


async def owned_among(connection: AsyncConnection, sids: Collection[str]) -> set[str]:
    """Return those of ``sids`` that belong to any organisation's account."""
    rows = await connection.execute(
        select(accounts.c.sub_account_sid).where(accounts.c.sub_account_sid.in_(sids))
    )
    return set(rows.scalars())


async def page(
    connection: AsyncConnection, before: UUID | None, limit: int
) -> Sequence[AdminSubaccount]:
    """Return accounts of all organisations older than ``before``, newest organisation first."""
    query = select(*_ADMIN_COLUMNS).where(accounts.c.sub_account_sid.is_not(None))
    if before:
        query = query.where(accounts.c.org_id < before)
    rows = await connection.execute(query.order_by(accounts.c.org_id.desc()).limit(limit))
    return [AdminSubaccount(**row) for row in rows.mappings()]


async def set_suspended(
    connection: AsyncConnection, org_id: UUID, suspended: bool
) -> AdminSubaccount | None:
    """Suspend or reactivate the organisation's account, and its test organisation.

    The transaction must see both. Returns None if the organisation has no account.
    """
    since = func.coalesce(accounts.c.suspended_at, func.now()) if suspended else None
    rows = await connection.execute(
        update(accounts)
        .where(accounts.c.org_id == org_id, accounts.c.sub_account_sid.is_not(None))
        .values(suspended_at=since)
        .returning(*_ADMIN_COLUMNS)
    )
    row = rows.mappings().first()
    if row is None:
        return None
    in_test_mode = accounts.c.org_id == org_in_test_mode(org_id)
    await connection.execute(update(accounts).where(in_test_mode).values(suspended_at=since))
    return AdminSubaccount(**row)


async def with_sender(connection: AsyncConnection, org_id: UUID) -> StoredAccount | None:
    """Return the organisation's account with its secrets, and whether it has a sender."""
    service = twilio_messaging_services
    key = (
        select(twilio_api_keys)
        .where(
            twilio_api_keys.c.org_id == accounts.c.org_id,
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
            *columns_of(accounts, StoredTokens),
            accounts.c.sub_account_sid,
            accounts.c.suspended_at,
            key.c.id.label("key_id"),
            key.c.sid.label("key_sid"),
            key.c.secret_encrypted.label("key_secret"),
            service.c.sid.label("messaging_service_sid"),
            has_sender.label("has_sender"),
        )
        .outerjoin(service, service.c.org_id == accounts.c.org_id)
        .outerjoin(key, true())
        .where(accounts.c.org_id == org_id, accounts.c.sub_account_sid.is_not(None))
    )
    row = rows.mappings().first()
    return StoredAccount(**row) if row else None


async def tokens_of(connection: AsyncConnection, sub_account_sid: str) -> StoredTokens | None:
    """Return the tokens of an account by its SID. A webhook does not name the organisation."""
    rows = await connection.execute(
        select(*columns_of(accounts, StoredTokens)).where(
            accounts.c.sub_account_sid == sub_account_sid
        )
    )
    row = rows.mappings().first()
    return StoredTokens(**row) if row else None


async def acquire_lease(connection: AsyncConnection, org_id: UUID) -> Lease | None:
    """Acquire the lease for setting up the account. Returns None while another process has it."""
    rows = await connection.execute(_ACQUIRE_LEASE, {"org_id": org_id, "seconds": LEASE_SECONDS})
    row = rows.first()
    return Lease(org_id, row.until, row.interrupted) if row else None


async def release_lease(connection: AsyncConnection, lease: Lease) -> None:
    """Release the lease, unless it has expired and another process has it."""
    await connection.execute(
        update(accounts)
        .where(accounts.c.org_id == lease.org_id, accounts.c.setup_lease_until == lease.until)
        .values(setup_lease_until=text("'-infinity'"))
    )


async def statuses(connection: AsyncConnection, org_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return ``active`` or ``suspended`` by organisation, for operators."""
    status = case((accounts.c.suspended_at.is_(None), "active"), else_="suspended").label("status")
    query = select(accounts.c.org_id, status).where(
        accounts.c.org_id.in_(org_ids), accounts.c.sub_account_sid.is_not(None)
    )
    return {row.org_id: row.status for row in await connection.execute(query)}
