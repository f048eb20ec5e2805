"""``ContactService``: create, read, list, change, delete, tag and opt out contacts."""

from collections.abc import Mapping
from datetime import UTC
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
    ContactChange,
    NewContact,
    tag_change,
    tidy,
    tidy_tags,
    to_e164,
    to_email,
    to_time_zone,
)
from services.contacts.domain.opt_proof import Proof
from services.contacts.domain.pages import PagePosition, Sort
from services.contacts.rpc.filters import filter_of
from services.contacts.storage import contacts, tags
from services.contacts.usecases.change_opt_status import ChangeOptStatus
from services.contacts.usecases.edit_contacts import EditContacts
from services.contacts.usecases.find_contacts import FindContacts
from services.contacts.usecases.tag_contacts import TagContacts
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc

_Text = Literal["first_name", "last_name"]
_SORTS: Mapping[int, Sort] = {
    contacts_pb2.CONTACT_SORT_UNSPECIFIED: "newest",
    contacts_pb2.CONTACT_SORT_NEWEST: "newest",
    contacts_pb2.CONTACT_SORT_OLDEST: "oldest",
    contacts_pb2.CONTACT_SORT_NAME: "name",
}
_TEXTS: tuple[_Text, ...] = ("first_name", "last_name")


class ContactRpc(contacts_pb2_grpc.ContactServiceServicer):
    """Serves contacts and their tags."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        find_contacts: FindContacts,
        edit_contacts: EditContacts,
        tag_contacts: TagContacts,
        change_opt_status: ChangeOptStatus,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._find_contacts = find_contacts
        self._edit_contacts = edit_contacts
        self._tag_contacts = tag_contacts
        self._change_opt_status = change_opt_status

    async def CreateContact(
        self, request: contacts_pb2.CreateContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Create a contact, or restore a deleted one."""
        details = NewContact(
            phone=to_e164(request.phone),
            first_name=tidy(request.first_name),
            last_name=tidy(request.last_name),
            email=to_email(request.email.strip()),
            time_zone=to_time_zone(request.time_zone),
            tags=tidy_tags(request.tags),
        )
        contact = await self._edit_contacts.create(identity.current().require_org(), details)
        return fill(contacts_pb2.Contact(), contact)

    async def GetContact(
        self, request: contacts_pb2.GetContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Return the contact with the requested id."""
        org_id = identity.current().require_org()
        contact_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            contact = await contacts.find(connection, org_id, contact_id)
        if contact is None:
            raise await contacts.not_found(self._database, org_id, [contact_id])
        return fill(contacts_pb2.Contact(), contact)

    async def ListContacts(
        self, request: contacts_pb2.ListContactsRequest, context: Context
    ) -> contacts_pb2.ListContactsResponse:
        """Return a page of the contacts that match the request's filter."""
        org_id = identity.current().require_org()
        limit = _limit(request)
        sort = _SORTS[request.sort]
        position = self._position(org_id, request, sort) or request.page or 1
        rows, position = await self._find_contacts.page(
            org_id, filter_of(request), position, limit, sort
        )
        next_cursor = None
        if len(rows) > limit:
            rows = rows[:limit]
            next_cursor = self._cursor(org_id, position, rows[-1].id, sort)
        return contacts_pb2.ListContactsResponse(
            items=[fill(contacts_pb2.Contact(), row) for row in rows],
            total=position.total,
            total_is_exact=not position.capped,
            next_cursor=next_cursor,
        )

    async def CountContacts(
        self, request: contacts_pb2.CountContactsRequest, context: Context
    ) -> contacts_pb2.CountContactsResponse:
        """Count the contacts that match the request's filter, exactly."""
        org_id = identity.current().require_org()
        count = await self._find_contacts.count(org_id, filter_of(request))
        return contacts_pb2.CountContactsResponse(count=count)

    async def UpdateContact(
        self, request: contacts_pb2.UpdateContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Change the fields of a contact that the request contains."""
        contact = await self._edit_contacts.update(
            identity.current().require_org(), UUID(request.id), _change(request)
        )
        return fill(contacts_pb2.Contact(), contact)

    async def DeleteContact(
        self, request: contacts_pb2.DeleteContactRequest, context: Context
    ) -> contacts_pb2.DeleteContactResponse:
        """Soft-delete a contact. Creating its phone number again restores it."""
        await self._edit_contacts.delete(
            identity.current().require_org(), UUID(request.id), _expected_version(request)
        )
        return contacts_pb2.DeleteContactResponse()

    async def OptOutContact(
        self, request: contacts_pb2.OptOutContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Opt a contact out by hand, so that nobody texts the contact."""
        contact = await self._change_opt_status.by_hand(
            identity.current().require_org(), UUID(request.id), "opted_out"
        )
        return fill(contacts_pb2.Contact(), contact)

    async def OptInContact(
        self, request: contacts_pb2.OptInContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Opt a contact in again by hand, so that the contact gets texts."""
        contact = await self._change_opt_status.by_hand(
            identity.current().require_org(), UUID(request.id), "opted_in", _proof(request)
        )
        return fill(contacts_pb2.Contact(), contact)

    async def TagContacts(
        self, request: contacts_pb2.TagContactsRequest, context: Context
    ) -> contacts_pb2.TagContactsResponse:
        """Add the request's tags to contacts, or remove them."""
        counts = await self._tag_contacts.tag(
            identity.current().require_org(),
            [*map(UUID, request.contact_ids)],
            tag_change(request.add, request.remove),
        )
        return contacts_pb2.TagContactsResponse(added=counts.added, removed=counts.removed)

    async def ListTags(
        self, request: contacts_pb2.ListTagsRequest, context: Context
    ) -> contacts_pb2.ListTagsResponse:
        """List the tags that at least one contact has."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await tags.in_use(connection, org_id)
        return contacts_pb2.ListTagsResponse(items=[fill(contacts_pb2.Tag(), row) for row in rows])

    def _cursor(self, org_id: UUID, position: PagePosition, last: UUID, sort: Sort) -> str:
        """Return the cursor of the next page. It contains the total, which is counted only once."""
        capped = "capped" if position.capped else ""
        return self._cursors.encode(
            org_id, str(last), str(position.page + 1), str(position.total), capped, *_named(sort)
        )

    def _position(
        self, org_id: UUID, request: contacts_pb2.ListContactsRequest, sort: Sort
    ) -> PagePosition | None:
        parts = decode_position(self._cursors, org_id, request.cursor, 4 + len(_named(sort)))
        if not parts:
            return None
        if request.HasField("page"):
            raise InvalidInput.of("cursor", "can't be used together with `page`")
        last, page, total, capped, *sorted_by = parts
        if tuple(sorted_by) != _named(sort):
            raise InvalidInput.of(
                "cursor", "belongs to a list in another order; begin again without a cursor"
            )
        return PagePosition(int(page), int(total), bool(capped), UUID(last))


def _named(sort: Sort) -> tuple[str, ...]:
    """Return the part of a cursor that says in which order the list is.

    It is empty for the order "newest", the only one that the previous release knows.
    """
    return () if sort == "newest" else (sort,)


def _change(request: contacts_pb2.UpdateContactRequest) -> ContactChange:
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
    return ContactChange(columns, tag_set, _expected_version(request))


def _expected_version(
    request: contacts_pb2.UpdateContactRequest | contacts_pb2.DeleteContactRequest,
) -> int | None:
    return request.if_version if request.HasField("if_version") else None


def _limit(request: contacts_pb2.ListContactsRequest) -> int:
    """Return how many contacts a page has.

    Raises ``InvalidInput`` if the request has both ``limit`` and ``pageSize``.
    """
    if request.HasField("limit") and request.HasField("page_size"):
        raise InvalidInput.of("pageSize", "is another name for `limit`; give only one of the two")
    return request.limit or request.page_size or DEFAULT_LIMIT


def _proof(request: contacts_pb2.OptInContactRequest) -> Proof:
    return Proof(
        words=request.words or None,
        method=request.method or None,
        said_at=request.said_at.ToDatetime(UTC) if request.HasField("said_at") else None,
    )
