"""Open pages get hints about changed contacts, and about the progress of imports."""

from servicekit.hints import Topic
from services.contacts.tests.client import Client, phone
from tests.fixtures.hints import hearing
from tests.fixtures.running import Running


async def test_open_pages_get_hints_about_changes_of_a_contact(
    contacts: Running, nats_url: str
) -> None:
    client = Client(contacts)
    async with hearing(nats_url, client.person.org_id) as hints:
        contact = await client.create(phone(1))
        await hints.wait_for(Topic.CONTACT)
        await client.update(contact.id, first_name="Ann")
        await hints.wait_for(Topic.CONTACT, contact.id)


async def test_open_pages_get_a_hint_when_an_import_has_finished(
    contacts: Running, nats_url: str
) -> None:
    client = Client(contacts)
    async with hearing(nats_url, client.person.org_id) as hints:
        job = await client.start_import(f"phone\n{phone(1)}\n")
        await client.finished_import(job.id)
        told = await hints.message_with(Topic.CONTACT)
        # The hint about the start has no id. If the import ends soon after, there is one hint for
        # both.
        assert (Topic.IMPORT, job.id) in told or (Topic.IMPORT, None) in told
