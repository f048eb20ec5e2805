"""Give an organisation a copy of everything that is stored about it, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicekit.db.database import Database
from servicekit.db.org_export import ExportedPage, ExportedRow, ExportOrgRows
from servicekit.identity import GATEWAY, Identity
from services.gateway.domain.users import require_owner
from services.gateway.providers.stored_data import StoredData
from services.gateway.storage import audit, org_tables
from services.gateway.storage.audit import AuditEntry

_SERVICES = (GATEWAY, "contacts", "campaigns", "messaging", "billing", "webhooks")


@dataclass(frozen=True, slots=True)
class Position:
    """How many services have been read, and where the next one continues."""

    services: int = 0
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class DataPage:
    """Rows of a service, and where the next page begins; None on the last page."""

    service: str
    rows: Sequence[ExportedRow]
    next: Position | None


class ExportOrganisation:
    """Reads one service after the other. Nothing is kept between two pages."""

    def __init__(self, database: Database, stored_data: StoredData) -> None:
        self._database = database
        self._stored_data = stored_data
        self._own_rows = ExportOrgRows(database, org_tables.EXPORTED)

    async def page(self, caller: Identity, at: Position, limit: int) -> DataPage:
        """Return a page of up to `limit` rows of the caller's organisation.

        Raises:
            Forbidden: The caller is not an owner.
            Unavailable: A service did not answer.
        """
        require_owner(caller)
        if at == Position():
            await self._audit(caller)
        service = _SERVICES[at.services]
        found = await self._read(caller, service, at.cursor, limit)
        return DataPage(service, found.rows, _after(at, found.cursor))

    async def _audit(self, caller: Identity) -> None:
        org_id, action = caller.require_org(), "organisation_data_exported"
        entry = AuditEntry(org_id, caller.require_user(), action, "org", str(org_id))
        async with self._database.org(org_id) as connection:
            await audit.record(connection, [entry])

    async def _read(self, caller: Identity, service: str, cursor: str, limit: int) -> ExportedPage:
        if service == GATEWAY:
            return await self._own_rows.page(caller.require_org(), cursor, limit)
        return await self._stored_data.export(service, cursor, limit)


def _after(at: Position, cursor: str) -> Position | None:
    if cursor:
        return Position(at.services, cursor)
    following = at.services + 1
    return Position(following) if following < len(_SERVICES) else None
