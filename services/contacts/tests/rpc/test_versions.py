"""Each change of a contact makes a new version, and a change can require a version."""

from collections.abc import Awaitable, Callable

import pytest

from servicekit.errors import Conflict, PreconditionFailed
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


Step = Callable[[Client, str], Awaitable[object]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda c, i: c.update(i, first_name="Bea"), "firstName"),
        (lambda c, i: c.update(i, phone=phone(2)), "phone"),
        (lambda c, i: c.update(i, tags=contacts_pb2.TagSet(values=["new"])), "tags"),
        (lambda c, i: c.tag([i], add=["new"]), "tags"),
        (lambda c, i: c.tag([i], remove=["vip"]), "tags"),
        (lambda c, _: c.import_csv(f"phone,last name\n{phone(1)},Lopez\n"), "lastName"),
        (lambda c, _: c.import_csv(f"phone,tags\n{phone(1)},new\n"), "tags"),
        (lambda c, i: c.opt_out(i), "optStatus"),
        (lambda c, _: c.set_opt_status([phone(1)], "opted_out"), "optStatus"),
    ],
    ids=[
        *("a name", "a number", "the tags", "an added tag", "a removed tag", "an imported name"),
        *("an imported tag", "an opt-out by hand", "a STOP"),
    ],
)
async def test_a_change_that_is_refused_names_the_fields_that_changed_since_the_contact_was_read(
    client: Client, change: Step, field: str
) -> None:
    made = await client.create(phone(1), first_name="Ann", tags=["vip"])
    await change(client, made.id)
    changed = await client.get(made.id)
    assert changed.version == made.version + 1
    assert changed.updated_at.ToDatetime() > made.updated_at.ToDatetime()
    with pytest.raises(PreconditionFailed) as refused:
        await client.update(made.id, email="ann@acme.com", if_version=made.version)
    assert refused.value.facts == {"version": changed.version, "changedFields": [field]}
    assert await client.get(made.id) == changed


@pytest.mark.parametrize(
    "change",
    [
        lambda c, i: c.update(i, first_name="Ann"),
        lambda c, i: c.tag([i], add=["VIP"]),
        lambda c, i: c.tag([i], remove=["other"]),
        lambda c, _: c.import_csv(f"phone,first name,tags\n{phone(1)},Ann,vip\n"),
    ],
    ids=["the same name", "a tag that it has", "a tag that it lacks", "the same row"],
)
async def test_a_change_that_stores_the_same_values_makes_no_new_version(
    client: Client, change: Step
) -> None:
    made = await client.create(phone(1), first_name="Ann", tags=["vip"])
    await change(client, made.id)
    assert (await client.get(made.id)).version == made.version


async def test_a_change_that_expects_the_current_version_is_made(client: Client) -> None:
    made = await client.create(phone(1), first_name="Ann")
    changed = await client.update(made.id, first_name="Bea", if_version=made.version)
    assert changed.first_name == "Bea"
    await client.delete(made.id, if_version=changed.version)


async def test_a_deletion_is_refused_if_somebody_changed_the_contact_meanwhile(
    client: Client,
) -> None:
    made = await client.create(phone(1), first_name="Ann")
    await client.update(made.id, first_name="Bea")
    with pytest.raises(PreconditionFailed):
        await client.delete(made.id, if_version=made.version)
    assert (await client.get(made.id)).first_name == "Bea"


async def test_the_error_about_a_phone_number_in_use_contains_the_id_of_its_contact(
    client: Client,
) -> None:
    first, second = await client.create(phone(1)), await client.create(phone(2))
    for attempt in (client.create(phone(1)), client.update(second.id, phone=phone(1))):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert (refused.value.code, refused.value.facts) == ("phone_taken", {"contactId": first.id})


async def test_the_error_about_a_deleted_contacts_phone_number_says_to_restore_that_contact(
    client: Client,
) -> None:
    first, second = await client.create(phone(1)), await client.create(phone(2))
    await client.delete(first.id)
    with pytest.raises(Conflict) as refused:
        await client.update(second.id, phone=phone(1))
    assert (refused.value.code, refused.value.facts) == ("phone_taken", {})
    assert "restore it" in refused.value.message
    assert (await client.create(phone(1))).id == first.id
