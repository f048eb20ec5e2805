"""Sign up: create an organisation and its owner, and start the owner's first session."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.ids import new_id
from servicekit.time_zones import require_time_zone
from services.gateway.domain import clients
from services.gateway.domain.password_rules import check_new_password
from services.gateway.domain.passwords import hash_password
from services.gateway.domain.users import email_taken, new_email
from services.gateway.storage import audit, mails, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.session_tokens import SessionTokens, SignedIn

DEFAULT_TIME_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a person enters to sign up."""

    email: str
    password: str
    name: str
    org_name: str
    time_zone: str = DEFAULT_TIME_ZONE


class Register:
    """Signs up new organisations with their owners."""

    def __init__(self, database: Database, tokens: SessionTokens) -> None:
        self._database = database
        self._tokens = tokens

    async def register(self, sign_up: SignUp) -> SignedIn:
        """Create an organisation with its owner, sign the owner in and queue a verification mail.

        Raises:
            Conflict: email_taken.
            InvalidInput: The email address or the time zone is not valid; weak_password.
        """
        time_zone = require_time_zone(sign_up.time_zone)
        email = new_email(sign_up.email)
        check_new_password("password", sign_up.password, (email, sign_up.name, sign_up.org_name))
        owner = users.NewOwner(
            org_id=new_id(),
            org_name=sign_up.org_name,
            time_zone=time_zone,
            user_id=new_id(),
            email=email,
            name=sign_up.name,
            password_hash=await asyncio.to_thread(hash_password, sign_up.password),
        )
        try:
            async with self._database.system() as connection:
                return await self._create(connection, owner)
        except IntegrityError as error:
            if violated(error) == "uq_users_email":
                raise email_taken() from None
            raise

    async def _create(self, connection: AsyncConnection, owner: users.NewOwner) -> SignedIn:
        await users.add_owner(connection, owner)
        meta = clients.current().details()
        entry = AuditEntry(
            owner.org_id, owner.user_id, "org_created", "org", str(owner.org_id), meta
        )
        await audit.record(connection, [entry])
        await mails.queue_verification(connection, owner.org_id, owner.user_id)
        user = await users.get(connection, owner.org_id, owner.user_id)
        return await self._tokens.start_session(connection, user)
