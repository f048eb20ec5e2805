"""Drafts of registrations. An organisation has at most one for each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from services.messaging.common.storage.rows import columns_of
from services.messaging.registration.storage.a2p_tables import a2p_drafts as drafts


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a form that the organisation has filled in so far.

    The keys are the names of the contract's fields.
    """

    payload: Mapping[str, Any]
    updated_at: datetime
    version: int


_COLUMNS = columns_of(drafts, Draft)


async def find(connection: AsyncConnection, org_id: UUID, kind: str) -> Draft | None:
    """Return the draft of a ``brand`` or ``campaign``, if there is one."""
    rows = await connection.execute(
        select(*_COLUMNS).where(drafts.c.org_id == org_id, drafts.c.kind == kind)
    )
    row = rows.mappings().first()
    return Draft(**row) if row else None


async def lock(connection: AsyncConnection, org_id: UUID, kind: str) -> Versions:
    """Lock the draft until the transaction ends, and return its versions.

    The versions are named after the draft's fields.
    """
    return await settings_rows.lock(connection, drafts, org_id, kind=kind)


async def save(
    connection: AsyncConnection, org_id: UUID, kind: str, payload: Mapping[str, Any]
) -> Draft:
    """Merge the fields of ``payload`` into the draft, and return the draft."""
    statement = insert(drafts).values(org_id=org_id, kind=kind, payload=dict(payload))
    rows = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[drafts.c.org_id, drafts.c.kind],
            set_={
                "payload": drafts.c.payload.concat(statement.excluded.payload),
                "updated_at": func.now(),
            },
        ).returning(*_COLUMNS)
    )
    return Draft(**rows.mappings().one())
