"""Client of the contacts service, for contacts by phone number and their opt-outs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from servicekit.errors import NotFound
from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import RpcClient
from services.messaging.common.domain.recipients import Recipient
from smsblaster.contacts.v1 import contacts_pb2, recipients_pb2, recipients_pb2_grpc


class Recipients:
    """Find contacts and record their opt-outs. Each method raises ``Unavailable``."""

    def __init__(
        self, rpc: RpcClient, stub: "recipients_pb2_grpc.RecipientServiceAsyncStub"
    ) -> None:
        self._rpc = rpc
        self._stub = stub

    async def ensure(self, org_id: UUID, phones: Sequence[str]) -> dict[str, Recipient]:
        """Return contacts, keyed by phone number. An unknown phone number gets a new contact."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(
                self._stub.EnsureContacts,
                recipients_pb2.EnsureContactsRequest(phones=sorted(set(phones))),
            )
        return {recipient.phone: _recipient(recipient) for recipient in answer.recipients}

    async def ensure_sender(self, org_id: UUID, address: str) -> Recipient:
        """Return the contact of the address that a message came from.

        An unknown address gets a new contact.
        """
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(
                self._stub.EnsureContacts,
                recipients_pb2.EnsureContactsRequest(phones=[address], any_sender=True),
            )
        return _recipient(answer.recipients[0])

    async def find(self, org_id: UUID, contact_id: UUID) -> Recipient:
        """Return a contact.

        Raises:
            NotFound: contact_not_found.
            CrossOrgAccess: The contact belongs to another organisation.
        """
        found = await self.with_ids(org_id, [contact_id])
        if not found:
            raise NotFound("There is no such contact.", "contact_not_found")
        return found[contact_id]

    async def with_ids(self, org_id: UUID, contact_ids: Sequence[UUID]) -> Mapping[UUID, Recipient]:
        """Return contacts, keyed by id. Deleted and unknown contacts are left out.

        Raises:
            CrossOrgAccess: A contact belongs to another organisation.
        """
        request = recipients_pb2.GetContactsRequest(contact_ids=[str(each) for each in contact_ids])
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(self._stub.GetContacts, request)
        return {UUID(each.contact_id): _recipient(each) for each in answer.recipients}

    async def with_phone(self, org_id: UUID, phone: str) -> Recipient | None:
        """Return the contact with a phone number or another address, also if it was deleted."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(
                self._stub.FindContacts, recipients_pb2.FindContactsRequest(phones=[phone])
            )
        return next(map(_recipient, answer.recipients), None)

    async def opted_out(self, org_id: UUID, phones: Sequence[str]) -> set[str]:
        """Return the phone numbers among ``phones`` to which no message may be sent."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(
                self._stub.CheckOptOuts, recipients_pb2.CheckOptOutsRequest(phones=phones)
            )
        return set(answer.opted_out_phones)

    async def opt_out(
        self,
        org_id: UUID,
        phones: Sequence[str],
        said_at: datetime | None,
        words: str | None = None,
    ) -> None:
        """Record that people have opted out. Idempotent.

        Args:
            org_id: The organisation.
            phones: Their phone numbers.
            said_at: When they opted out, by Twilio's clock. None means now.
            words: The text that they sent, if it is known.
        """
        request = recipients_pb2.SetOptStatusRequest(
            phones=sorted(set(phones)),
            status=contacts_pb2.OPT_STATUS_OPTED_OUT,
            any_sender=True,
            words=words,
        )
        if said_at:
            request.said_at.FromDatetime(said_at)
        await self._set(org_id, request)

    async def opt_in(
        self, org_id: UUID, phone: str, said_at: datetime, age: timedelta, words: str
    ) -> None:
        """Record that a person has opted in. Idempotent.

        Args:
            org_id: The organisation.
            phone: The person's phone number.
            said_at: When the person opted in, by Twilio's clock.
            age: How long ago the person opted in.
            words: The text that the person sent.
        """
        request = recipients_pb2.SetOptStatusRequest(
            phones=[phone], status=contacts_pb2.OPT_STATUS_OPTED_IN, any_sender=True, words=words
        )
        request.said_at.FromDatetime(said_at)
        request.age.FromTimedelta(age)
        await self._set(org_id, request)

    async def _set(self, org_id: UUID, request: recipients_pb2.SetOptStatusRequest) -> None:
        with acting_as(Identity("messaging", org_id)):
            await self._rpc.call(self._stub.SetOptStatus, request)


def _recipient(message: recipients_pb2.Recipient) -> Recipient:
    return Recipient(
        contact_id=UUID(message.contact_id),
        phone=message.phone,
        opted_out=message.opted_out,
        time_zone=message.time_zone if message.HasField("time_zone") else None,
        name=" ".join(filter(None, (message.first_name, message.last_name))) or None,
    )
