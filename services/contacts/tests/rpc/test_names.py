"""The gateway gets the names of contacts to show them in lists."""

import pytest

from servicekit.errors import Forbidden, InvalidInput
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import names_pb2, names_pb2_grpc
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stub(contacts: Running) -> "names_pb2_grpc.ContactNameServiceAsyncStub":
    return names_pb2_grpc.ContactNameServiceStub(contacts.channel)


def asking(*ids: str) -> names_pb2.GetContactNamesRequest:
    return names_pb2.GetContactNamesRequest(ids=ids)


async def test_known_names_of_contacts_are_returned(
    client: Client, stub: "names_pb2_grpc.ContactNameServiceAsyncStub"
) -> None:
    both = await client.create(phone(1), first_name="Anna", last_name="Lee")
    last = await client.create(phone(2), last_name="Bird")
    nameless = await client.create(phone(3))
    ids = [both.id, last.id, nameless.id, str(new_id())]
    answer = await client.call(stub.GetContactNames, asking(*ids))
    assert dict(answer.names) == {both.id: "Anna Lee", last.id: "Bird"}


async def test_another_organisation_gets_no_names(
    client: Client, contacts: Running, stub: "names_pb2_grpc.ContactNameServiceAsyncStub"
) -> None:
    contact = await client.create(phone(1), first_name="Anna")
    answer = await Client(contacts).call(stub.GetContactNames, asking(contact.id))
    assert not answer.names


async def test_only_the_gateway_may_ask_for_names_and_must_give_ids(
    client: Client, stub: "names_pb2_grpc.ContactNameServiceAsyncStub"
) -> None:
    with pytest.raises(Forbidden):
        await client.internal(stub.GetContactNames, asking(str(new_id())))
    for wrong in (asking(), asking("x")):
        with pytest.raises(InvalidInput):
            await client.call(stub.GetContactNames, wrong)
