"""Manual opt-outs work like STOP texts and are audited, and both tables of opt-outs agree."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from servicekit.bus.outbox import outbox
from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, Forbidden, NotFound
from servicekit.ids import new_id
from services.contacts.storage.tables import contact_opt_status
from services.contacts.storage.tables import contacts as contacts_table
from services.contacts.tests.client import Client, phone
from smsblaster.audit.v1 import events_pb2
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.running import Person, Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def audited(database: Database, org_id: UUID) -> list[tuple[str, str, str]]:
    """Return actor, action and contact of each of an organisation's audit entries, oldest first."""
    async with database.system() as connection:
        query = (
            select(outbox.c.payload)
            .where(outbox.c.subject == "event.contacts.audit")
            .order_by(outbox.c.id)
        )
        payloads = (await connection.execute(query)).scalars().all()
    entries = [events_pb2.AuditRecorded.FromString(payload) for payload in payloads]
    return [(e.actor_user_id, e.action, e.entity_id) for e in entries if e.org_id == str(org_id)]


async def disagreements(database: Database, org_id: UUID) -> list[str]:
    """Return the phone numbers for which the two tables of opt-outs differ."""
    query = (
        select(contacts_table.c.phone)
        .outerjoin(contact_opt_status, contact_opt_status.c.contact_id == contacts_table.c.id)
        .where(
            contacts_table.c.opted_out_at.is_not(None).is_distinct_from(
                contact_opt_status.c.status.is_not_distinct_from("opted_out")
            )
        )
    )
    async with database.org(org_id) as connection:
        return list((await connection.execute(query)).scalars())


async def test_a_contact_can_be_opted_out_and_in_manually(
    client: Client, database: Database
) -> None:
    made = await client.create(phone(1))
    before = datetime.now(UTC) - timedelta(seconds=1)
    out = await client.opt_out(made.id)
    assert out == await client.get(made.id)
    assert out.opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT
    assert out.opted_out_at.ToDatetime(UTC) > before
    assert await client.opted_out([phone(1)]) == {phone(1)}
    back = await client.opt_in(made.id)
    assert back.opt_status == contacts_pb2.OPT_STATUS_OPTED_IN
    assert not back.HasField("opted_out_at")
    assert await client.opted_out([phone(1)]) == set()
    user = str(client.person.user_id)
    assert await audited(database, client.person.org_id) == [
        (user, "contact_opted_out", made.id),
        (user, "contact_opted_in", made.id),
    ]


async def test_a_second_opt_out_keeps_the_time_of_the_first(client: Client) -> None:
    made = await client.create(phone(1))
    first = await client.opt_out(made.id)
    second = await client.opt_out(made.id)
    assert (second.opted_out_at, second.version) == (first.opted_out_at, first.version)


async def test_only_admins_opt_contacts_in(contacts: Running, client: Client) -> None:
    made = await client.create(phone(1))
    member = Client(contacts, Person(org_id=client.person.org_id, roles=frozenset({"member"})))
    await member.opt_out(made.id)
    with pytest.raises(Forbidden):
        await member.opt_in(made.id)
    assert await client.opted_out([phone(1)]) == {phone(1)}


async def test_a_contact_of_another_organisation_cannot_be_opted_out(
    client: Client, stranger: Client, database: Database
) -> None:
    made = await client.create(phone(1))
    for attempt in (stranger.opt_out(made.id), stranger.opt_in(made.id)):
        with pytest.raises(CrossOrgAccess):
            await attempt
    assert await client.get(made.id) == made
    assert await audited(database, stranger.person.org_id) == []


async def test_a_missing_contact_cannot_be_opted_out(client: Client) -> None:
    gone = await client.create(phone(1))
    await client.delete(gone.id)
    for absent in (gone.id, str(new_id())):
        with pytest.raises(NotFound):
            await client.opt_out(absent)


async def test_opt_outs_of_contacts_and_of_phone_numbers_are_always_the_same(
    client: Client, database: Database
) -> None:
    org_id = client.person.org_id
    made = await client.create(phone(1))
    other = await client.create(phone(2))
    now = datetime.now(UTC)
    await client.opt_out(made.id)
    assert await disagreements(database, org_id) == []
    await client.set_opt_status([phone(1)], "opted_in", now - timedelta(hours=1))
    await client.set_opt_status([phone(1), phone(2), phone(3)], "opted_out")
    assert await disagreements(database, org_id) == []
    await client.update(made.id, phone=phone(4))
    await client.opt_in(other.id)
    assert await disagreements(database, org_id) == []
    await client.delete(other.id)
    await client.import_csv(f"phone\n{phone(2)}\n{phone(1)}\n")
    assert await disagreements(database, org_id) == []
    assert await client.opted_out([phone(n) for n in range(5)]) == {phone(1), phone(3)}


async def test_a_stop_text_that_arrives_after_a_manual_opt_in_opts_out_even_if_it_is_older(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    await client.set_opt_status([phone(1)], "opted_out", datetime.now(UTC) - timedelta(hours=1))
    assert (await client.opt_in(made.id)).opt_status == contacts_pb2.OPT_STATUS_OPTED_IN
    await client.set_opt_status([phone(1)], "opted_out", datetime.now(UTC) - timedelta(minutes=10))
    assert await client.opted_out([phone(1)]) == {phone(1)}


async def test_a_manual_change_applies_although_the_last_stop_text_has_a_future_time(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    await client.set_opt_status([phone(1)], "opted_out", datetime.now(UTC) + timedelta(minutes=10))
    assert (await client.opt_in(made.id)).opt_status == contacts_pb2.OPT_STATUS_OPTED_IN
    assert (await client.opt_out(made.id)).opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT
    assert await client.opted_out([phone(1)]) == {phone(1)}


async def test_a_first_stop_text_that_arrives_after_a_manual_opt_in_opts_out_even_if_it_is_older(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    await client.opt_in(made.id)
    await client.set_opt_status([phone(1)], "opted_out", datetime.now(UTC) - timedelta(hours=1))
    assert await client.opted_out([phone(1)]) == {phone(1)}
