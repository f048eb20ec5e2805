"""An invitation that is replaced while a person accepts it can't be accepted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import Identity
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.storage import invitations, orgs
from services.gateway.storage.session_tokens import SessionTokens
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.tests.members import PASSWORD
from services.gateway.usecases.accept_invitation import AcceptInvitation, Newcomer
from services.gateway.usecases.manage_invitations import ManageInvitations
from services.gateway.usecases.register import Register, SignUp
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.waiting import wait_until


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = Database(migrated_database("gateway"), 3)
    yield database
    await database.close()


async def test_an_invitation_that_is_replaced_while_it_is_accepted_cannot_be_accepted(
    database: Database, signing_keys: SigningKeys
) -> None:
    session_tokens = SessionTokens(signing_keys, timedelta(days=90))
    email = f"{uuid4().hex}@example.com"
    sign_up = SignUp(f"o{email}", PASSWORD, "Ann", "Acme")
    owner = (await Register(database, session_tokens).register(sign_up)).user
    caller = Identity("gateway", owner.org_id, owner.id, roles=frozenset({"owner"}))
    await ManageInvitations(database).invite(caller, email, "member")
    async with database.org(owner.org_id) as connection:
        query = text("UPDATE invitations SET token_hash = :hash")
        await connection.execute(query, {"hash": token_hash("token")})

    async with database.org(owner.org_id) as connection:
        await orgs.lock(connection, owner.org_id)
        acceptance = AcceptInvitation(database, session_tokens)
        joining = asyncio.create_task(acceptance.accept(Newcomer("token", "Bob", PASSWORD)))
        await wait_until(lambda: somebody_is_blocked(database), message="somebody accepts")
        await invitations.invite(connection, owner.org_id, owner.id, email, "admin")
    with pytest.raises(InvalidInput) as refusal:
        await joining
    assert refusal.value.code == "bad_token"
