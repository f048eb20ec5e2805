"""``RecipientService``: recipients for messaging and campaigns."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.contacts.domain.contacts import Name, require_reachable, tidy
from services.contacts.storage import lists, recipients
from services.contacts.storage.opt_status import OptKeyword
from services.contacts.storage.rows import Recipient
from services.contacts.usecases.change_opt_status import ChangeOptStatus
from services.contacts.usecases.ensure_contacts import EnsureContacts
from services.contacts.usecases.find_recipients import FindRecipients
from smsblaster.contacts.v1 import contacts_pb2, recipients_pb2, recipients_pb2_grpc


class RecipientRpc(recipients_pb2_grpc.RecipientServiceServicer):
    """Returns recipients to messaging and campaigns, and applies their opt-outs."""

    def __init__(
        self,
        database: Database,
        find_recipients: FindRecipients,
        ensure_contacts: EnsureContacts,
        change_opt_status: ChangeOptStatus,
    ) -> None:
        self._database = database
        self._ensure_contacts = ensure_contacts
        self._change_opt_status = change_opt_status
        self._find_recipients = find_recipients

    async def ListMembers(
        self, request: recipients_pb2.ListMembersRequest, context: Context
    ) -> recipients_pb2.ListMembersResponse:
        """List the members of a contact list, sorted by id."""
        after = UUID(request.after_contact_id) if request.HasField("after_contact_id") else None
        rows = await self._find_recipients.on_list(
            identity.current().require_org(), UUID(request.list_id), after, request.limit
        )
        return recipients_pb2.ListMembersResponse(recipients=_recipients(rows))

    async def CheckOptOuts(
        self, request: recipients_pb2.CheckOptOutsRequest, context: Context
    ) -> recipients_pb2.CheckOptOutsResponse:
        """Return those of the requested phone numbers that have opted out."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            phones = await recipients.opted_out(connection, org_id, list(request.phones))
        return recipients_pb2.CheckOptOutsResponse(opted_out_phones=phones)

    async def EnsureContacts(
        self, request: recipients_pb2.EnsureContactsRequest, context: Context
    ) -> recipients_pb2.EnsureContactsResponse:
        """Return the contacts of the requested phone numbers. Creates missing contacts."""
        require_reachable(request.phones, any_sender=request.any_sender)
        names = {
            phone: Name(tidy(name.first_name), tidy(name.last_name))
            for phone, name in request.names.items()
        }
        rows = await self._ensure_contacts.ensure(
            identity.current().require_org(), request.phones, names
        )
        return recipients_pb2.EnsureContactsResponse(recipients=_recipients(rows))

    async def GetContacts(
        self, request: recipients_pb2.GetContactsRequest, context: Context
    ) -> recipients_pb2.GetContactsResponse:
        """Return the contacts with the requested ids, without deleted ones."""
        rows = await self._find_recipients.with_ids(
            identity.current().require_org(), [*map(UUID, request.contact_ids)]
        )
        return recipients_pb2.GetContactsResponse(recipients=_recipients(rows))

    async def FindContacts(
        self, request: recipients_pb2.FindContactsRequest, context: Context
    ) -> recipients_pb2.FindContactsResponse:
        """Return the contacts with the requested phone numbers, deleted ones too."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await recipients.with_phones(connection, org_id, list(request.phones))
        return recipients_pb2.FindContactsResponse(recipients=_recipients(rows))

    async def GetListNames(
        self, request: recipients_pb2.GetListNamesRequest, context: Context
    ) -> recipients_pb2.GetListNamesResponse:
        """Return the names and sizes of contact lists."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await lists.with_ids(connection, org_id, [*map(UUID, request.list_ids)])
        return recipients_pb2.GetListNamesResponse(
            lists=[fill(recipients_pb2.ListName(), row) for row in rows]
        )

    async def SetOptStatus(
        self, request: recipients_pb2.SetOptStatusRequest, context: Context
    ) -> recipients_pb2.SetOptStatusResponse:
        """Apply a person's STOP or START to phone numbers, and return their contacts."""
        require_reachable(request.phones, any_sender=request.any_sender)
        rows = await self._change_opt_status.by_keyword(
            identity.current().require_org(),
            list(request.phones),
            _keyword(request),
            request.words or None,
        )
        return recipients_pb2.SetOptStatusResponse(recipients=_recipients(rows))


def _keyword(request: recipients_pb2.SetOptStatusRequest) -> OptKeyword | None:
    """Return the STOP or START of a request, with its time.

    None means an opt-out at an unknown time, which takes effect now.
    """
    stop = request.status == contacts_pb2.OPT_STATUS_OPTED_OUT
    if not request.HasField("said_at"):
        if stop:
            return None
        raise InvalidInput.of("saidAt", "is required for an opt-in")
    age = request.age.ToTimedelta() if request.HasField("age") else None
    return OptKeyword("opted_out" if stop else "opted_in", request.said_at.ToDatetime(UTC), age)


def _recipients(rows: Sequence[Recipient]) -> list[recipients_pb2.Recipient]:
    return [
        fill(
            recipients_pb2.Recipient(),
            row,
            merged_contact_ids=[str(merged) for merged in row.merged_contact_ids],
        )
        for row in rows
    ]
