"""Read the history of a contact's opt-ins and opt-outs. A trigger writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Without a history, the present state is all that is known.
_PAGE = text("""
SELECT id, status, phone, source, said_at, created_at, words, method, user_id
FROM contact_opt_history
WHERE org_id = :org_id AND contact_id = :contact_id
  AND (CAST(:before AS uuid) IS NULL OR id < :before)
UNION ALL
SELECT known.contact_id, known.status, contact.phone, known.source, said.at, said.at,
  NULL, NULL, NULL
FROM contact_opt_status AS known
JOIN contacts AS contact ON contact.id = known.contact_id AND contact.org_id = :org_id
CROSS JOIN LATERAL (
  SELECT opt_said_at(known.status, known.source, known.updated_at, known.held_at) AS at
) AS said
WHERE known.org_id = :org_id AND known.contact_id = :contact_id AND NOT EXISTS (
  SELECT FROM contact_opt_history WHERE org_id = :org_id AND contact_id = :contact_id
)
ORDER BY id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class OptChange:
    """An opt-in or opt-out in the history, with the fields of the contract."""

    id: UUID
    status: str
    phone: str
    source: str | None
    said_at: datetime
    created_at: datetime
    words: str | None
    method: str | None
    user_id: UUID | None


async def page(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, limit: int, before: UUID | None
) -> Sequence[OptChange]:
    """Return up to ``limit`` entries of a contact's history older than ``before``, newest first."""
    parameters = {"org_id": org_id, "contact_id": contact_id, "limit": limit, "before": before}
    return [OptChange(*row) for row in await connection.execute(_PAGE, parameters)]
