"""What is filled in of registrations: one draft of each kind for an organisation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.registration.storage.a2p_tables import a2p_drafts as drafts


async def find(connection: AsyncConnection, org_id: UUID, kind: str) -> RowMapping | None:
    """The draft of a ``brand`` or ``campaign``; None where none is."""
    rows = await connection.execute(
        select(drafts).where(drafts.c.org_id == org_id, drafts.c.kind == kind)
    )
    return rows.mappings().first()


async def save(
    connection: AsyncConnection, org_id: UUID, kind: str, payload: Mapping[str, Any]
) -> RowMapping:
    """Keep the fields of ``payload`` in the draft, beside those that it has; the draft."""
    statement = insert(drafts).values(org_id=org_id, kind=kind, payload=dict(payload))
    rows = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[drafts.c.org_id, drafts.c.kind],
            set_={
                "payload": drafts.c.payload.concat(statement.excluded.payload),
                "updated_at": func.now(),
            },
        ).returning(drafts)
    )
    row: RowMapping = rows.mappings().one()
    return row
