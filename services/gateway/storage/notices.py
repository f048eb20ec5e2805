"""Notices to an organisation's members about its members."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.identity import GATEWAY
from servicekit.notices import Notice, notify
from services.gateway.storage.tables import users

_MESSAGES = {
    "member_removed": (
        "{name} was removed. Campaigns that they had scheduled or started are held until somebody"
        " takes them over."
    ),
    "member_joined": "{name} has joined your organisation.",
}


async def of_member(connection: AsyncConnection, org_id: UUID, user_id: UUID, kind: str) -> None:
    """Tell the members that a user has joined or was removed."""
    query = select(users.c.name).where(users.c.id == user_id, users.c.org_id == org_id)
    message = _MESSAGES[kind].format(name=await connection.scalar(query))
    await notify(connection, GATEWAY, Notice(org_id, kind, message, ("user", str(user_id))))
