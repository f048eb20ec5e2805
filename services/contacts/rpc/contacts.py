"""``ContactService``."""

from typing import Literal
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.contacts.domain.contacts import Change, Details, Wanted, tidy, tidy_tags, to_e164
from services.contacts.storage import contacts, tags
from services.contacts.usecases.create_contact import create_contact
from services.contacts.usecases.find_contacts import FindContacts
from services.contacts.usecases.update_contact import update_contact
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc

_Text = Literal["first_name", "last_name", "email"]
_TEXTS: tuple[_Text, ...] = ("first_name", "last_name", "email")


class ContactRpc(contacts_pb2_grpc.ContactServiceServicer):
    """Serves contacts."""

    def __init__(self, database: Database, find_contacts: FindContacts) -> None:
        self._database = database
        self._find_contacts = find_contacts

    async def CreateContact(
        self, request: contacts_pb2.CreateContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Add a contact, or restore a deleted one."""
        org_id = identity.current().require_org()
        details = Details(
            phone=to_e164(request.phone),
            first_name=tidy(request.first_name),
            last_name=tidy(request.last_name),
            email=tidy(request.email),
            tags=tidy_tags(request.tags),
        )
        async with self._database.org(org_id) as connection:
            row = await create_contact(connection, org_id, details)
        return fill(contacts_pb2.Contact(), row)

    async def GetContact(
        self, request: contacts_pb2.GetContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """One contact."""
        org_id = identity.current().require_org()
        contact_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            row = await contacts.find(connection, org_id, contact_id)
        if row is None:
            raise await contacts.why_absent(self._database, org_id, [contact_id])
        return fill(contacts_pb2.Contact(), row)

    async def ListContacts(
        self, request: contacts_pb2.ListContactsRequest, context: Context
    ) -> contacts_pb2.ListContactsResponse:
        """A page of contacts, newest first."""
        page, page_size = request.page or 1, request.page_size or 50
        rows, total = await self._find_contacts.page(
            identity.current().require_org(), wanted(request), (page - 1) * page_size, page_size
        )
        return contacts_pb2.ListContactsResponse(
            items=[fill(contacts_pb2.Contact(), row) for row in rows],
            total=total,
            page=page,
            page_size=page_size,
        )

    async def UpdateContact(
        self, request: contacts_pb2.UpdateContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Change the fields that are given."""
        org_id = identity.current().require_org()
        contact_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            row = await update_contact(connection, org_id, contact_id, _change(request))
        if row is None:
            raise await contacts.why_absent(self._database, org_id, [contact_id])
        return fill(contacts_pb2.Contact(), row)

    async def DeleteContact(
        self, request: contacts_pb2.DeleteContactRequest, context: Context
    ) -> contacts_pb2.DeleteContactResponse:
        """Soft-delete a contact."""
        org_id = identity.current().require_org()
        contact_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            removed = await contacts.remove(connection, org_id, contact_id)
        if not removed:
            raise await contacts.why_absent(self._database, org_id, [contact_id])
        return contacts_pb2.DeleteContactResponse()

    async def ListTags(
        self, request: contacts_pb2.ListTagsRequest, context: Context
    ) -> contacts_pb2.ListTagsResponse:
        """The organisation's tags."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await tags.in_use(connection, org_id)
        return contacts_pb2.ListTagsResponse(items=[fill(contacts_pb2.Tag(), row) for row in rows])


def wanted(request: contacts_pb2.ListContactsRequest) -> Wanted:
    """The filters of a request, which an export has as well."""
    list_id = UUID(request.list_id) if request.HasField("list_id") else None
    return Wanted(request.search, request.tag, list_id)


def _change(request: contacts_pb2.UpdateContactRequest) -> Change:
    columns: dict[str, str | None] = {
        name: tidy(getattr(request, name)) for name in _TEXTS if request.HasField(name)
    }
    if request.HasField("phone"):
        columns["phone"] = to_e164(request.phone)
    tag_set = tidy_tags(request.tags.values) if request.HasField("tags") else None
    return Change(columns, tag_set)
