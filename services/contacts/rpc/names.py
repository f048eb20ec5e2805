"""``ContactNameService``: names of contacts for the rows of other services' lists."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.contacts.storage import recipients
from services.contacts.storage.rows import Recipient
from smsblaster.contacts.v1 import names_pb2, names_pb2_grpc


class ContactNameRpc(names_pb2_grpc.ContactNameServiceServicer):
    """Serves the names of contacts to the gateway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetContactNames(
        self, request: names_pb2.GetContactNamesRequest, context: Context
    ) -> names_pb2.GetContactNamesResponse:
        """Return the names of contacts, in one query."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await recipients.with_ids(connection, org_id, [*map(UUID, request.ids)])
        names = {str(row.contact_id): name for row in rows if (name := _full_name(row))}
        return names_pb2.GetContactNamesResponse(names=names)


def _full_name(row: Recipient) -> str:
    return " ".join(part for part in (row.first_name, row.last_name) if part)
