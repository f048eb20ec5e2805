"""Customers' webhook endpoints get events about opt-outs, opt-ins and imports."""

from typing import Any

import pytest

from servicekit.db.database import Database
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.customer_events import subscribe, told
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def test_webhook_endpoints_get_one_event_for_each_change_of_an_opt_status(
    client: Client, database: Database
) -> None:
    org_id = client.person.org_id
    await subscribe(database, org_id, "contact.opted_out", "contact.opted_in")
    contact = await client.create(phone(1))
    out = contacts_pb2.OptOutContactRequest(id=contact.id)
    for _ in range(2):
        await client.call(client.contacts.OptOutContact, out)
    request = contacts_pb2.OptInContactRequest(id=contact.id)
    await client.call(client.contacts.OptInContact, request)
    events: list[tuple[str, Any]] = list(await told(database, org_id))
    assert [type_ for type_, _ in events] == ["contact.opted_out", "contact.opted_in"]
    assert {data.id for _, data in events} == {contact.id}
    assert events[0][1].opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT


async def test_webhook_endpoints_get_the_counts_of_an_import_when_it_has_finished(
    client: Client, database: Database
) -> None:
    org_id = client.person.org_id
    await subscribe(database, org_id, "import.finished")
    job = await client.start_import(f"phone\n{phone(1)}\n{phone(2)}\nnobody\n")
    await client.finished_import(job.id)
    [(type_, data)] = await told(database, org_id)
    finished: Any = data
    assert (type_, finished.id, finished.created) == ("import.finished", job.id, 2)
    assert finished.error_count == 1
    assert not finished.errors  # a thousand of them would be too large for the bus


async def test_webhook_endpoints_get_events_about_opt_outs_in_a_file(
    client: Client, database: Database
) -> None:
    org_id = client.person.org_id
    await client.create(phone(1))
    await subscribe(database, org_id, "contact.opted_out")
    job = await client.start_import(f"phone,opted_out\n{phone(1)},yes\n{phone(2)},no\n")
    await client.finished_import(job.id)
    events: list[tuple[str, Any]] = list(await told(database, org_id))
    assert [(type_, data.phone) for type_, data in events] == [("contact.opted_out", phone(1))]
