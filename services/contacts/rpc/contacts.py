"""``ContactService``."""

from typing import Literal
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import DEFAULT_LIMIT, decode_position
from servicekit.rpc.server import Context
from services.contacts.domain.contacts import (
    Change,
    Details,
    Wanted,
    tags_to_change,
    tidy,
    tidy_tags,
    to_e164,
    to_email,
    to_time_zone,
)
from services.contacts.domain.pages import Place
from services.contacts.storage import contacts, tags
from services.contacts.usecases.change_opt_status import change_opt_status
from services.contacts.usecases.create_contact import create_contact
from services.contacts.usecases.find_contacts import FindContacts
from services.contacts.usecases.tag_contacts import tag_contacts
from services.contacts.usecases.update_contact import update_contact
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc

_Text = Literal["first_name", "last_name"]
_TEXTS: tuple[_Text, ...] = ("first_name", "last_name")


class ContactRpc(contacts_pb2_grpc.ContactServiceServicer):
    """Serves contacts."""

    def __init__(
        self, database: Database, cursors: CursorCodec, find_contacts: FindContacts
    ) -> None:
        self._database = database
        self._cursors = cursors
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
            email=to_email(request.email.strip()),
            time_zone=to_time_zone(request.time_zone),
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
        org_id = identity.current().require_org()
        limit = request.page_size or DEFAULT_LIMIT
        place = self._place(org_id, request) or request.page or 1
        rows, place = await self._find_contacts.page(org_id, wanted(request), place, limit)
        next_cursor = None
        if len(rows) > limit:
            rows = rows[:limit]
            next_cursor = self._cursor(org_id, place, rows[-1]["id"])
        return contacts_pb2.ListContactsResponse(
            items=[fill(contacts_pb2.Contact(), row) for row in rows],
            total=place.total,
            total_capped=place.capped,
            page=place.page,
            page_size=limit,
            next_cursor=next_cursor,
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

    async def OptOutContact(
        self, request: contacts_pb2.OptOutContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Mark a contact as opted out."""
        org_id = identity.current().require_org()
        row = await change_opt_status(self._database, org_id, UUID(request.id), "opted_out")
        return fill(contacts_pb2.Contact(), row)

    async def OptInContact(
        self, request: contacts_pb2.OptInContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Take an opt-out back."""
        org_id = identity.current().require_org()
        row = await change_opt_status(self._database, org_id, UUID(request.id), "opted_in")
        return fill(contacts_pb2.Contact(), row)

    async def TagContacts(
        self, request: contacts_pb2.TagContactsRequest, context: Context
    ) -> contacts_pb2.TagContactsResponse:
        """Give tags to contacts and take tags from them."""
        add, remove = tags_to_change(request.add, request.remove)
        org_id = identity.current().require_org()
        added, removed = await tag_contacts(
            self._database, org_id, [*map(UUID, request.contact_ids)], add, remove
        )
        return contacts_pb2.TagContactsResponse(added=added, removed=removed)

    async def ListTags(
        self, request: contacts_pb2.ListTagsRequest, context: Context
    ) -> contacts_pb2.ListTagsResponse:
        """The organisation's tags."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await tags.in_use(connection, org_id)
        return contacts_pb2.ListTagsResponse(items=[fill(contacts_pb2.Tag(), row) for row in rows])

    def _cursor(self, org_id: UUID, place: Place, last: UUID) -> str:
        """The cursor of the page after ``place``; the total goes along and is not counted again."""
        capped = "capped" if place.capped else ""
        return self._cursors.encode(
            org_id, str(last), str(place.page + 1), str(place.total), capped
        )

    def _place(self, org_id: UUID, request: contacts_pb2.ListContactsRequest) -> Place | None:
        parts = decode_position(self._cursors, org_id, request.cursor, 4)
        if not parts:
            return None
        if request.HasField("page"):
            raise InvalidInput.of("cursor", "comes instead of page, and not with it")
        before, page, total, capped = parts
        return Place(int(page), int(total), bool(capped), UUID(before))


def wanted(request: contacts_pb2.ListContactsRequest) -> Wanted:
    """The filters of a request, which an export has as well."""
    list_id = UUID(request.list_id) if request.HasField("list_id") else None
    return Wanted(request.search, request.tag, list_id)


def _change(request: contacts_pb2.UpdateContactRequest) -> Change:
    columns: dict[str, str | None] = {
        name: tidy(getattr(request, name)) for name in _TEXTS if request.HasField(name)
    }
    if request.HasField("email"):
        columns["email"] = to_email(request.email.strip())
    if request.HasField("phone"):
        columns["phone"] = to_e164(request.phone)
    if request.HasField("time_zone"):
        columns["time_zone"] = to_time_zone(request.time_zone)
    tag_set = tidy_tags(request.tags.values) if request.HasField("tags") else None
    return Change(columns, tag_set)
