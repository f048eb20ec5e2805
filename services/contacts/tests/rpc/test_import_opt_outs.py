"""A column of an imported file can opt contacts out, and an import never opts a contact in."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from servicekit.db.database import Database
from services.contacts.storage.tables import contact_opt_status
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def opted_out(client: Client, *numbers: int) -> set[int]:
    """Return which of these contacts have opted out."""
    found = await client.opted_out([phone(n) for n in numbers])
    return {n for n in numbers if phone(n) in found}


async def test_a_column_of_a_file_opts_contacts_out(client: Client, database: Database) -> None:
    file = (
        "Phone,First name,Unsubscribed At\n"
        f"{phone(1)},Ann,2026-01-31 10:20:30\n{phone(2)},Bob,\n{phone(3)},Cid,yes\n"
    )
    summary = await client.import_csv(file)
    assert (summary.created, summary.skipped, summary.opted_out) == (3, 0, 2)
    assert await opted_out(client, 1, 2, 3) == {1, 3}
    contacts = {c.phone: c for c in (await client.find()).items}
    opted_out_at = contacts[phone(1)].opted_out_at.ToDatetime(UTC)
    assert opted_out_at == datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC)
    assert datetime.now(UTC) - contacts[phone(3)].opted_out_at.ToDatetime(UTC) < timedelta(hours=1)
    async with database.org(client.person.org_id) as connection:
        sources = await connection.scalars(select(contact_opt_status.c.source))
    assert list(sources) == ["import", "import"]
    again = await client.import_csv(file)
    assert (again.updated, again.opted_out) == (3, 0)


@pytest.mark.parametrize("word", ["subscribed", "no", "", "START", "opted in"])
async def test_an_import_never_opts_a_contact_in(client: Client, word: str) -> None:
    made = await client.create(phone(1))
    await client.opt_out(made.id)
    summary = await client.import_csv(f"phone,name,Opt Out\n{phone(1)},Ann,{word}\n")
    assert (summary.updated, summary.opted_out) == (1, 0)
    assert await opted_out(client, 1) == {1}
    assert (await client.get(made.id)).first_name == "Ann"


async def test_an_import_without_an_opt_out_column_changes_no_opt_outs(client: Client) -> None:
    made = await client.create(phone(1))
    await client.opt_out(made.id)
    file = f"phone,Email opt out,Notes\n{phone(1)},no,x\n{phone(2)},yes,unsubscribed\n"
    summary = await client.import_csv(file)
    assert (summary.created, summary.updated, summary.opted_out) == (1, 1, 0)
    assert await opted_out(client, 1, 2) == {1}


async def test_a_no_in_a_column_about_consent_means_an_opt_out(client: Client) -> None:
    file = "Mobile,SMS Opt-In\n" + "".join(
        f"{phone(n)},{word}\n" for n, word in enumerate(["yes", "no", "", "pending", "active"])
    )
    assert (await client.import_csv(file)).opted_out == 2
    assert await opted_out(client, *range(5)) == {1, 3}


async def test_an_opt_out_in_either_of_two_columns_opts_the_contact_out(client: Client) -> None:
    file = (
        "phone,SMS Opt-In,Unsubscribed At\n"
        f"{phone(1)},yes,2026-01-31\n{phone(2)},no,\n{phone(3)},yes,\n{phone(4)},?,2026-01-31\n"
    )
    assert (await client.import_csv(file)).opted_out == 3
    assert await opted_out(client, 1, 2, 3, 4) == {1, 2, 4}


async def test_the_mapping_of_the_client_decides_what_opt_out_columns_mean(client: Client) -> None:
    file = f"phone,Email opt out\n{phone(1)},yes\n{phone(2)},no\n"
    mapping = {"phone": "phone", "Email opt out": "optedOut"}
    assert (await client.import_csv(file, mapping=mapping)).opted_out == 1
    assert (await client.preview(file)).suggested_mapping == {"phone": "phone"}
    assert await opted_out(client, 1, 2) == {1}


async def test_a_row_with_an_unreadable_opt_out_is_left_out_and_reported(client: Client) -> None:
    file = f"phone,Opt Out\n{phone(1)},maybe\n{phone(2)},no\n"
    summary = await client.import_csv(file)
    assert (summary.created, summary.skipped) == (1, 1)
    [error] = summary.errors
    assert (error.row, error.field) == (2, "optedOut")
    assert '"Opt Out"' in error.message
    assert await client.found() == {phone(2)}


async def test_the_opt_out_of_a_row_that_is_left_out_is_applied(client: Client) -> None:
    known = await client.create(phone(1))
    file = (
        "phone,email,Opt Out\n"
        f"{phone(1)},,no\n{phone(1)},,yes\n"  # repeats of a known number
        f"{phone(2)},,no\n{phone(2)},,STOP\n"  # repeats of a new number
    )
    summary = await client.import_csv(file)
    assert (summary.created, summary.updated, summary.skipped) == (1, 1, 2)
    assert summary.opted_out == 2
    assert await opted_out(client, 1, 2) == {1, 2}
    assert await client.found() == {phone(1), phone(2)}
    assert (await client.get(known.id)).HasField("opted_out_at")


async def test_if_a_file_and_a_stop_or_start_text_disagree_the_later_one_applies(
    client: Client,
) -> None:
    now = datetime.now(UTC)
    await client.set_opt_status([phone(1)], "opted_in", now - timedelta(days=10))
    await client.set_opt_status([phone(2)], "opted_in", now - timedelta(days=1000))
    then = (now - timedelta(days=100)).date().isoformat()
    await client.import_csv(f"phone,Opt-out date\n{phone(1)},{then}\n{phone(2)},{then}\n")
    assert await opted_out(client, 1, 2) == {2}
    await client.set_opt_status([phone(2)], "opted_in", now - timedelta(days=200))
    assert await opted_out(client, 2) == {2}


async def test_a_stop_text_that_arrives_during_an_import_is_applied(client: Client) -> None:
    numbers = range(12_000)
    file = "phone,Opt Out\n" + "".join(f"{phone(n)},no\n" for n in numbers)
    stops = [phone(n) for n in range(0, 12_000, 100)]

    async def say_stop() -> None:
        for number in stops:
            await client.set_opt_status([number], "opted_out")

    await asyncio.gather(client.import_csv(file), say_stop(), client.import_csv(file))
    assert await client.opted_out(stops) == set(stops)
    assert len(await client.opted_out([phone(n) for n in range(1, 5000, 100)])) == 0


async def test_an_import_job_counts_its_opt_outs(client: Client) -> None:
    file = "phone,Status\n" + "".join(
        f"{phone(n)},{'cleaned' if n % 10 == 0 else 'subscribed'}\n" for n in range(6000)
    )
    file += f"{phone(1)},unsubscribed\n"
    job = await client.finished_import((await client.start_import(file)).id)
    assert (job.created, job.skipped, job.opted_out) == (6000, 1, 601)
    assert await opted_out(client, 0, 1, 2, 10, 5990) == {0, 1, 10, 5990}


async def test_exported_opt_outs_are_imported_again(client: Client, contacts: Running) -> None:
    made = await client.create(phone(1))
    await client.create(phone(2))
    await client.opt_out(made.id)
    elsewhere = Client(contacts)
    summary = await elsewhere.import_csv(await client.export())
    assert (summary.created, summary.opted_out) == (2, 1)
    assert await opted_out(elsewhere, 1, 2) == {1}
