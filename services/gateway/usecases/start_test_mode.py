"""Give a session a token that is in test mode."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.identity import Identity
from services.gateway.storage import users
from services.gateway.storage.session_tokens import AccessToken, SessionTokens
from services.gateway.support.prepare_test_mode import PrepareTestMode


class StartTestMode:
    """Issues access tokens that are in test mode."""

    def __init__(self, database: Database, prepare: PrepareTestMode, tokens: SessionTokens) -> None:
        self._database = database
        self._prepare = prepare
        self._tokens = tokens

    async def start(self, caller: Identity, session_id: UUID) -> AccessToken:
        """Return a test token of the caller's session, after preparing test mode if needed.

        Raises:
            Unavailable: Test mode is not prepared yet, and can't be now.
        """
        await self._prepare.prepare(caller, without_messaging=True)
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            user = await users.get(connection, org_id, caller.require_user())
            return await self._tokens.issue_for_test(connection, user, session_id)
