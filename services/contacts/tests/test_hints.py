"""Open pages are told of contacts, and of imports as they go on."""

from servicekit.hints import Topic
from services.contacts.tests.client import Client, phone
from tests.fixtures.hints import hearing
from tests.fixtures.running import Running


async def test_changes_of_a_contact_are_told(contacts: Running, nats_url: str) -> None:
    client = Client(contacts)
    async with hearing(nats_url, client.person.org_id) as hints:
        contact = await client.create(phone(1))
        await hints.wait_for(Topic.CONTACT)
        await client.update(contact.id, first_name="Ann")
        await hints.wait_for(Topic.CONTACT, contact.id)


async def test_an_import_is_told_when_it_has_finished(contacts: Running, nats_url: str) -> None:
    client = Client(contacts)
    async with hearing(nats_url, client.person.org_id) as hints:
        job = await client.start_import(f"phone\n{phone(1)}\n")
        await client.finished_import(job.id)
        told = await hints.message_with(Topic.CONTACT)
        # The start is told without an id. If the end comes soon after, one hint is for both.
        assert (Topic.IMPORT, job.id) in told or (Topic.IMPORT, None) in told
