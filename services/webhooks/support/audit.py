"""Audit what operators do with dead letters."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record
from servicekit.identity import Identity
from services.webhooks.storage.dead_letters import StoredDeadLetter

Replay = Callable[[UUID], Awaitable[None]]
"""Publishes the bus message of a dead letter again."""


async def audit(
    connection: AsyncConnection,
    operator: Identity,
    action: str,
    letter: StoredDeadLetter,
    reason: str = "",
) -> None:
    """Write an entry about a dead letter to the audit log of the operator's own organisation.

    A dead letter may concern several organisations or none, so the entry can't go to their audit
    logs.
    """
    org_id, actor = operator.require_org(), operator.require_user()
    meta = {"consumer": letter.consumer, "subject": letter.subject}
    if reason:
        meta["reason"] = reason
    act = Act(org_id, actor, action, ("dead_letter", str(letter.id)), meta)
    await record(connection, "webhooks", act)
