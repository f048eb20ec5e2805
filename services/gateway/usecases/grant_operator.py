"""Make a user an operator of the platform, from the command line."""

from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.gateway.domain.users import normal_email
from services.gateway.storage import audit, users
from services.gateway.storage.audit import AuditEntry


class GrantOperator:
    """Makes users operators of the platform."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def grant(self, email: str) -> None:
        """Make the user with this email address an operator.

        Raises:
            NotFound: user_not_found.
        """
        async with self._database.system() as connection:
            user = await users.find_by_email(connection, normal_email(email))
            if user is None:
                raise NotFound("There is no user with this address.", code="user_not_found")
            await users.make_operator(connection, user.id)
            entry = AuditEntry(user.org_id, None, "admin_granted", "user", str(user.id))
            await audit.record(connection, [entry])
