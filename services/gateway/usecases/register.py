"""Sign-up: a new organisation, its owner, a first session, and a mail to verify the address."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.gateway.domain.passwords import hash_password
from services.gateway.domain.users import new_email
from services.gateway.storage import audit, mails, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.usecases import sessions


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a person gives to sign up."""

    email: str
    password: str
    name: str
    org_name: str


async def register(database: Database, keys: SigningKeys, sign_up: SignUp) -> sessions.SignedIn:
    """Create the organisation and its owner and sign the owner in.

    Raises ``Conflict`` (email_taken).
    """
    owner = users.NewOwner(
        org_id=new_id(),
        org_name=sign_up.org_name,
        user_id=new_id(),
        email=new_email(sign_up.email),
        name=sign_up.name,
        password_hash=await asyncio.to_thread(hash_password, sign_up.password),
    )
    try:
        async with database.system() as connection:
            return await _sign_up(connection, keys, owner)
    except IntegrityError as error:
        if violated(error) == "uq_users_email":
            raise Conflict("This e-mail address has an account.", code="email_taken") from None
        raise


async def _sign_up(
    connection: AsyncConnection, keys: SigningKeys, owner: users.NewOwner
) -> sessions.SignedIn:
    await users.add_owner(connection, owner)
    entry = AuditEntry(owner.org_id, owner.user_id, "org_created", "org", str(owner.org_id))
    await audit.record(connection, [entry])
    await mails.ask_verification(connection, owner.org_id, owner.user_id)
    user = await users.get(connection, owner.org_id, owner.user_id)
    return await sessions.start(connection, keys, user)
