"""An account whose address was never verified gives way to whoever shows that it is theirs.

Anybody can sign up with somebody else's address. Only who reads its mail can accept an invitation
to it: then the account loses the address and ends. Its organisation stays apart, with whatever else
it has; nothing of it goes to the newcomer, and nothing of the newcomer's to it.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.storage import audit, mailed_tokens, mails, orgs, sessions, sign_ins, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.mailed_tokens import TokenOwner
from services.gateway.usecases import take_back


async def give_way(connection: AsyncConnection, email: str, org_id: UUID) -> None:
    """Free an address for a newcomer to the organisation ``org_id`` who has shown it is theirs.

    Does nothing where no account has it, or one that keeps it.
    """
    holder = await users.lock_unverified(connection, email, org_id)
    if holder is None:
        return
    own_org, user_id = holder.org_id, holder.user_id
    await orgs.lock(connection, own_org)
    former: dict[str, str | None] = {"email": f"gave-way-{user_id}@invalid", "status": "disabled"}
    await users.change(connection, own_org, user_id, former)
    await sessions.revoke_all(connection, own_org, user_id)
    await sign_ins.forget_places(connection, own_org, user_id)
    await mailed_tokens.end_all(connection, TokenOwner(own_org, user_id))
    await mails.give_up_all(connection, own_org, user_id)
    await take_back.of_removed(connection, own_org, user_id)
    entry = AuditEntry(own_org, None, "account_gave_way", "user", str(user_id))
    await audit.record(connection, [entry])
