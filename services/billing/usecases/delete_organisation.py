"""Delete what billing stores about a closed organisation, except the books."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.modes import is_test
from servicekit.removals import Removed
from services.billing.storage import balances
from services.billing.storage.org_tables import TABLES


class DeleteOrganisation:
    """Deletes settings, cards and notifications. Says how much money is left."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = DeleteOrgRows(database, TABLES)

    async def delete(self, org_id: UUID, cursor: str) -> Removed:
        """Return the money that is left first, then delete a part of the rows. Idempotent."""
        if cursor:
            return await self._rows.delete(org_id, cursor)
        if is_test(org_id):  # its money is not real
            return Removed(done=False, cursor="0")
        async with self._database.org(org_id) as connection:
            cents = await balances.total(connection, org_id)
        return Removed({"balance_cents": cents}, done=False, cursor="0")
