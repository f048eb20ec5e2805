"""Test helper: an organisation that can send, with its contacts, balance and account."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.billing.tests.money import ledger_sum, pay_in
from services.messaging.tests.ready_accounts import ReadyAccounts
from smsblaster.contacts.v1 import (
    contacts_pb2,
    contacts_pb2_grpc,
    lists_pb2,
    lists_pb2_grpc,
    recipients_pb2,
    recipients_pb2_grpc,
)
from smsblaster.messaging.v1 import analytics_pb2, analytics_pb2_grpc
from tests.fixtures.running import Person, Running, Simulator


@dataclass(frozen=True)
class Neighbours:
    """The running services that the campaigns service calls."""

    contacts: Running
    messaging: Running
    simulator: Simulator
    accounts: ReadyAccounts
    messaging_database: Database
    billing_database: Database


def phone(number: int) -> str:
    """Return the `number`-th phone number of those to which every text is delivered."""
    return f"+1415{600 + number // 10_000:03d}{number % 10_000:04d}"


@dataclass
class Organisation:
    """An organisation with its data in the other services."""

    neighbours: Neighbours
    person: Person = field(default_factory=Person)
    account_sid: str = ""

    async def set_up(self, cents: int = 0) -> None:
        """Create an account that can send, and add `cents` to the balance."""
        self.account_sid = await self.neighbours.accounts.make(self.person)
        if cents:
            await self.pay_in(cents)

    async def pay_in(self, cents: int) -> None:
        await pay_in(self.neighbours.billing_database, self.person, cents)

    async def balance(self) -> int:
        """Return the balance in cents from the ledger."""
        return await ledger_sum(self.neighbours.billing_database, self.person)

    def received(self) -> Counter[tuple[str, str]]:
        """Count the messages that the provider has, by phone number and body."""
        return Counter((text["to"], text["body"]) for text in self.provider())

    def provider(self) -> list[dict[str, Any]]:
        """Return the organisation's messages that the provider has accepted."""
        answer = httpx.get(
            f"{self.neighbours.simulator.url}/sim/record/messages",
            params={"account_sid": self.account_sid, "limit": 100_000},
        )
        found = answer.raise_for_status().json()["messages"]
        return [each for each in found if each["direction"] == "outbound-api"]

    async def nothing_under_way(self) -> bool:
        """Return whether no message is being sent."""
        query = text(
            "SELECT FROM sms_messages WHERE org_id = :org_id AND status IN ('sending', 'unknown')"
        )
        async with self.neighbours.messaging_database.system() as connection:
            found = await connection.execute(query, {"org_id": self.person.org_id})
        return not found.all()

    async def a_contact(self, number: int, **fields: str) -> str:
        """Create a contact. Return its id."""
        contacts = self.neighbours.contacts
        stub = contacts_pb2_grpc.ContactServiceStub(contacts.channel)
        request = contacts_pb2.CreateContactRequest(phone=phone(number), **fields)
        contact: contacts_pb2.Contact = await self._call(contacts, stub.CreateContact, request)
        return contact.id

    async def contact_ids(self, phones: Sequence[str]) -> list[str]:
        """Return the ids of contacts with these phone numbers. Create missing contacts."""
        return [recipient.contact_id for recipient in await self._recipients(phones)]

    async def name_of(self, phone: str) -> tuple[str, str]:
        """Return first and last name of the contact with this phone number."""
        [contact] = await self._recipients([phone])
        return contact.first_name, contact.last_name

    async def _recipients(self, phones: Sequence[str]) -> Sequence[recipients_pb2.Recipient]:
        contacts = self.neighbours.contacts
        stub = recipients_pb2_grpc.RecipientServiceStub(contacts.channel)
        request = recipients_pb2.EnsureContactsRequest(phones=phones)
        answer: recipients_pb2.EnsureContactsResponse = await self._call(
            contacts, stub.EnsureContacts, request, service="messaging"
        )
        return answer.recipients

    async def opt_out(self, *numbers: int) -> None:
        contacts = self.neighbours.contacts
        stub = recipients_pb2_grpc.RecipientServiceStub(contacts.channel)
        now = Timestamp()
        now.GetCurrentTime()
        request = recipients_pb2.SetOptStatusRequest(
            phones=[phone(number) for number in numbers],
            status=contacts_pb2.OPT_STATUS_OPTED_OUT,
            said_at=now,
        )
        await self._call(contacts, stub.SetOptStatus, request, service="messaging")

    async def a_list(self, contact_ids: Sequence[str] = ()) -> str:
        """Create a contact list with these members. Return its id."""
        contacts = self.neighbours.contacts
        stub = lists_pb2_grpc.ContactListServiceStub(contacts.channel)
        request = lists_pb2.CreateListRequest(name=f"List {new_id()}")
        created: lists_pb2.ContactList = await self._call(contacts, stub.CreateList, request)
        if contact_ids:
            await self._call(
                contacts,
                stub.AddMembers,
                lists_pb2.AddMembersRequest(id=created.id, contact_ids=contact_ids),
            )
        return created.id

    async def a_list_of(self, size: int) -> str:
        """Create a list of `size` contacts without names. Return its id."""
        return await self.a_list(await self.contact_ids([phone(n) for n in range(size)]))

    async def analytics(self, campaign_id: str) -> analytics_pb2.CampaignAnalytics | None:
        """Return a campaign's analytics, or None if messaging does not find it."""
        messaging = self.neighbours.messaging
        stub = analytics_pb2_grpc.AnalyticsServiceStub(messaging.channel)
        request = analytics_pb2.GetCampaignAnalyticsRequest(id=campaign_id)
        with suppress(NotFound):
            found: analytics_pb2.CampaignAnalytics = await self._call(
                messaging, stub.GetCampaignAnalytics, request
            )
            return found
        return None

    async def delete_list(self, list_id: str) -> None:
        contacts = self.neighbours.contacts
        stub = lists_pb2_grpc.ContactListServiceStub(contacts.channel)
        request = lists_pb2.DeleteListRequest(id=list_id)
        await self._call(contacts, stub.DeleteList, request, "campaigns")

    async def _call(
        self, running: Running, method: Any, request: Any, service: str = "gateway"
    ) -> Any:
        with acting_as(self.person.identity()):
            return await running.caller(service).call(method, request, timeout=60)


async def an_organisation(neighbours: Neighbours, cents: int) -> Organisation:
    """Set up an organisation that can send, with a balance of `cents`."""
    organisation = Organisation(neighbours)
    await organisation.set_up(cents)
    return organisation
