"""Audit: says who changed what of an organisation's setup at Twilio."""

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record


async def audit(
    connection: AsyncConnection,
    action: str,
    entity_type: str,
    entity_id: str,
    **meta: str | bool,
) -> None:
    """Say in this transaction that the caller did ``action``; ``meta`` never holds a secret."""
    caller = identity.current()
    act = Act(caller.require_org(), caller.user_id, action, (entity_type, entity_id), meta)
    await record(connection, "messaging", act)
