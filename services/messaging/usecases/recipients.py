"""Who may be texted: contacts knows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import NotFound
from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import Caller
from smsblaster.contacts.v1 import contacts_pb2, recipients_pb2, recipients_pb2_grpc


class Recipients:
    """Asks and tells contacts about the people behind phone numbers."""

    def __init__(
        self, caller: Caller, stub: "recipients_pb2_grpc.RecipientServiceAsyncStub"
    ) -> None:
        self._caller = caller
        self._stub = stub

    async def ensure(
        self, org_id: UUID, phones: Sequence[str]
    ) -> dict[str, recipients_pb2.Recipient]:
        """The contacts of numbers, by number; those that are new are created."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(
                self._stub.EnsureContacts,
                recipients_pb2.EnsureContactsRequest(phones=sorted(set(phones))),
            )
        return {recipient.phone: recipient for recipient in answer.recipients}

    async def find(self, org_id: UUID, contact_id: UUID) -> recipients_pb2.Recipient:
        """The contact with an id. Raises ``NotFound`` contact_not_found or ``CrossOrgAccess``."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(
                self._stub.GetContacts,
                recipients_pb2.GetContactsRequest(contact_ids=[str(contact_id)]),
            )
        if not answer.recipients:
            raise NotFound("There is no such contact.", "contact_not_found")
        return answer.recipients[0]

    async def opted_out(self, org_id: UUID, phones: Sequence[str]) -> set[str]:
        """Those of the numbers that must not be texted."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(
                self._stub.CheckOptOuts, recipients_pb2.CheckOptOutsRequest(phones=phones)
            )
        return set(answer.opted_out_phones)

    async def set_opted_out(
        self, org_id: UUID, phones: Sequence[str], opted_out: bool, said_at: datetime
    ) -> None:
        """Note that people opted out, or in again, at ``said_at``. Idempotent."""
        at = Timestamp()
        at.FromDatetime(said_at)
        status = (
            contacts_pb2.OPT_STATUS_OPTED_OUT if opted_out else contacts_pb2.OPT_STATUS_OPTED_IN
        )
        with acting_as(Identity("messaging", org_id)):
            await self._caller.call(
                self._stub.SetOptStatus,
                recipients_pb2.SetOptStatusRequest(
                    phones=sorted(set(phones)), status=status, said_at=at
                ),
            )
