"""Tell customers' webhook endpoints about contacts and imports."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.customer_events import Happened, tell, wants
from servicekit.rpc.messages import fill
from services.contacts.storage import contacts
from services.contacts.storage.rows import ImportJob
from smsblaster.contacts.v1 import contacts_pb2, import_jobs_pb2

_SERVICE = "contacts"
_IMPORT_FINISHED = "import.finished"
_PAGE = 500


async def tell_opt_status(
    connection: AsyncConnection, org_id: UUID, opted_out: bool, contact_ids: Collection[UUID]
) -> None:
    """Tell webhook endpoints that contacts have opted out or in, if one subscribes to that."""
    type_ = "contact.opted_out" if opted_out else "contact.opted_in"
    ids = sorted(contact_ids)
    if not ids or not await wants(connection, org_id, type_):
        return
    for start in range(0, len(ids), _PAGE):
        found = await contacts.find_all(connection, org_id, ids[start : start + _PAGE])
        happened = [Happened(org_id, type_, fill(contacts_pb2.Contact(), each)) for each in found]
        await tell(connection, _SERVICE, happened)


async def wants_finished_imports(connection: AsyncConnection, org_id: UUID) -> bool:
    """Tell whether the organisation has a webhook endpoint for imports that are over."""
    return await wants(connection, org_id, _IMPORT_FINISHED)


async def tell_import_finished(connection: AsyncConnection, org_id: UUID, job: ImportJob) -> None:
    """Tell webhook endpoints that an import is over.

    ``job`` is without its errors, which may be too large.
    """
    data = fill(import_jobs_pb2.ImportJob(), job)
    await tell(connection, _SERVICE, [Happened(org_id, _IMPORT_FINISHED, data)])
