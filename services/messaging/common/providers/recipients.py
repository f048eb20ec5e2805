"""Who may be texted: contacts knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from servicekit.errors import NotFound
from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import RpcClient
from smsblaster.contacts.v1 import contacts_pb2, recipients_pb2, recipients_pb2_grpc


class Recipients:
    """Asks and tells contacts about the people behind phone numbers."""

    def __init__(
        self, caller: RpcClient, stub: "recipients_pb2_grpc.RecipientServiceAsyncStub"
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

    async def ensure_sender(self, org_id: UUID, address: str) -> recipients_pb2.Recipient:
        """The contact of an incoming text's sender, whatever its form; a new one is created."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(
                self._stub.EnsureContacts,
                recipients_pb2.EnsureContactsRequest(phones=[address], any_sender=True),
            )
        return answer.recipients[0]

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

    async def opt_out(self, org_id: UUID, phones: Sequence[str], said_at: datetime | None) -> None:
        """Note that people opted out, at a time of the provider's; None: as of now. Idempotent."""
        request = recipients_pb2.SetOptStatusRequest(
            phones=sorted(set(phones)),
            status=contacts_pb2.OPT_STATUS_OPTED_OUT,
            any_sender=True,
        )
        if said_at:
            request.said_at.FromDatetime(said_at)
        await self._set(org_id, request)

    async def opt_in(self, org_id: UUID, phone: str, said_at: datetime, age: timedelta) -> None:
        """Note that somebody opted in at a time of the provider's, ``age`` ago. Idempotent."""
        request = recipients_pb2.SetOptStatusRequest(
            phones=[phone], status=contacts_pb2.OPT_STATUS_OPTED_IN, any_sender=True
        )
        request.said_at.FromDatetime(said_at)
        request.age.FromTimedelta(age)
        await self._set(org_id, request)

    async def _set(self, org_id: UUID, request: recipients_pb2.SetOptStatusRequest) -> None:
        with acting_as(Identity("messaging", org_id)):
            await self._caller.call(self._stub.SetOptStatus, request)
