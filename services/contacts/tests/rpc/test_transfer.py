"""Files of spreadsheets are imported row by row, and their errors are reported."""

import asyncio

import pytest

from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound, PayloadTooLarge
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import transfer_pb2
from tests.fixtures.running import Running

HEADER = "Phone,First name,Last name,Email,Tags\n"


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


def outcome(summary: transfer_pb2.ImportSummary) -> tuple[int, int, int]:
    return summary.created, summary.updated, summary.skipped


def faults(summary: transfer_pb2.ImportSummary) -> list[tuple[int, str]]:
    return [(error.row, error.field) for error in summary.errors]


async def test_a_preview_shows_the_first_rows_and_suggests_a_mapping(client: Client) -> None:
    lines = [f"Ann{n},Lee,415 200 {n:04d},ann{n}@acme.com,x" for n in range(50)]
    seen = await client.preview(
        "Given Name,SURNAME,Mobile Phone,E-mail,Shoe size\n" + "\n".join(lines)
    )
    assert list(seen.headers) == ["Given Name", "SURNAME", "Mobile Phone", "E-mail", "Shoe size"]
    assert [list(row.cells) for row in seen.sample_rows] == [row.split(",") for row in lines[:5]]
    assert dict(seen.suggested_mapping) == {
        "Given Name": "firstName",
        "SURNAME": "lastName",
        "Mobile Phone": "phone",
        "E-mail": "email",
    }
    assert (await client.find()).total == 0


async def test_an_import_creates_and_updates_contacts_and_reports_errors(client: Client) -> None:
    known = await client.create(phone(1), first_name="Old", last_name="Name", tags=["kept"])
    file = HEADER + (
        "(415) 200-0001,New,,new@acme.com,VIP; guest\n"
        "415-200-0002,Ann,,,vip\n"
        "415.200.0002,Twice,,,\n"
        "not a number,Bob,,,\n"
        "415 200 0003,Eve,,eve at acme,\n"
        "\n"
        ",,,,\n"
        "+442079460018,Zoë,,,\n"
        "4152000004,a,b,c,d,e\n"
        "4152000005"
    )
    summary = await client.import_csv(file, piece=7)
    assert outcome(summary) == (4, 1, 3)
    assert summary.incomplete == 1
    assert faults(summary) == [(4, "phone"), (5, "phone"), (6, "email"), (10, "row")]
    assert [error.column for error in summary.errors] == ["", "", "Email", ""]
    values = ["415.200.0002", "not a number", "eve at acme", ""]
    assert [error.value for error in summary.errors] == values
    assert "row 3" in summary.errors[0].message
    changed = await client.get(known.id)
    assert (changed.first_name, changed.last_name) == ("New", "Name")
    assert list(changed.tags) == ["guest", "kept", "VIP"]
    assert await client.found() == {*map(phone, (1, 2, 3, 5)), "+442079460018"}
    assert await client.found(search="zoe") == {"+442079460018"}
    assert await client.tag_counts() == {"guest": 1, "kept": 1, "VIP": 2}


async def test_importing_a_file_again_changes_nothing(client: Client) -> None:
    file = HEADER + "".join(f"{phone(n)},Ann{n},Lee,,vip\n" for n in range(50))
    list_id = await client.new_list()
    assert outcome(await client.import_csv(file, list_id=list_id)) == (50, 0, 0)
    before = await client.find(page_size=200)
    assert outcome(await client.import_csv(file, list_id=list_id)) == (0, 50, 0)
    assert await client.find(page_size=200) == before
    assert await client.member_count(list_id) == 50
    assert await client.tag_counts() == {"vip": 50}


async def test_time_zones_are_imported_and_bad_ones_reported(client: Client) -> None:
    file = f"phone,tz\n{phone(1)},Europe/Paris\n{phone(2)},\n{phone(3)},PST8\n"
    summary = await client.import_csv(file)
    assert (outcome(summary), faults(summary)) == ((3, 0, 0), [(4, "timeZone")])
    zones = {c.phone: c.time_zone for c in (await client.find()).items}
    assert zones == {phone(1): "Europe/Paris", phone(2): "", phone(3): ""}
    again = await client.import_csv(f"phone,tz\n{phone(1)},Asia/Tokyo\n{phone(2)},\n")
    assert outcome(again) == (0, 2, 0)
    zones = {c.phone: c.time_zone for c in (await client.find()).items}
    assert zones == {phone(1): "Asia/Tokyo", phone(2): "", phone(3): ""}


async def test_an_import_uses_the_mapping_that_the_client_sends(client: Client) -> None:
    file = "phone,other,who\n4152000001,4152000002,Ann\n"
    mapping = {"other": "phone", "who": "firstName"}
    await client.import_csv(file, mapping=mapping)
    assert await client.found(search="ann") == {phone(2)}


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"Phone": "phone", "Shoe size": "email"}, "mapping.Shoe size"),
        ({"Email": "email"}, "mapping"),
        ({"Phone": "phone", "Email": "phone"}, "mapping"),
        ({"Phone": "password"}, "mapping.Phone"),
    ],
)
async def test_a_mapping_that_does_not_fit_the_file_is_refused(
    client: Client, mapping: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.import_csv(f"{HEADER}{phone(1)},,,,\n", mapping=mapping)
    assert refused.value.fields[0].field == field
    assert (await client.find()).total == 0


async def test_numbers_without_a_country_code_get_the_default_country(client: Client) -> None:
    file = "phone\n07911 123456\n+14152000001\n4152000002\n"
    summary = await client.import_csv(file, default_country="GB")
    assert await client.found() == {"+447911123456", phone(1)}
    assert faults(summary) == [(4, "phone")]
    with pytest.raises(InvalidInput) as refused:
        await client.import_csv(file, default_country="XX")
    assert refused.value.fields[0].field == "defaultCountry"


@pytest.mark.parametrize(
    "file",
    [
        "phone,first name\r\n4152000001,Zoë\r\n".encode("utf-8-sig"),
        "phone,first name\n4152000001,Zoë\n".encode(),
        "phone;first name\n4152000001;Zoë\n".encode("cp1252"),
        "phone\tfirst name\r4152000001\tZoë\r".encode("utf-16"),
        'phone,"first name"\n"4152000001","Zoë"'.encode(),
        b'\n\n"first name",phone\n"Zo\xc3\xab",4152000001',
    ],
)
@pytest.mark.parametrize("piece", [1, 3, 1000])
async def test_files_of_common_spreadsheets_are_read(
    client: Client, file: bytes, piece: int
) -> None:
    assert outcome(await client.import_csv(file, piece=piece)) == (1, 0, 0)
    assert (await client.find()).items[0].first_name == "Zoë"


async def test_import_errors_have_the_line_number_that_an_editor_shows(client: Client) -> None:
    file = 'phone,first name\n4152000001,"two\nlines"\nbad,Ann\n\n4152000002,"5"" tall"\nbad,Bob\n'
    for piece in (1, 2, 5, 1000):
        summary = await client.import_csv(file, piece=piece)
        assert faults(summary) == [(4, "phone"), (7, "phone")]
    assert {c.first_name for c in (await client.find()).items} == {"two\nlines", '5" tall'}


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty"),
        (b"PK\x03\x04" + b"\0" * 100, "not a CSV file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not a CSV file"),
        (b"phone\n4152000001\nab\0cd\n", "line"),
        (b"phone,name\xc3\xab\n4152000001,\xff\xfe\n", "UTF-8"),
        (b'phone,name\n4152000001,"Ann\n4152000002,Bob\n', "line 2"),
        (b'phone,name\n4152000001,"' + b"x" * 200_000, "line 2"),
        (b"phone" + b",x" * 30, "line 1"),
        (b"name,shoe size\nAnn,42\n", "phone"),
    ],
)
async def test_a_file_that_is_not_csv_is_refused(client: Client, file: bytes, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.import_csv(file)
    assert says in str(refused.value)
    assert refused.value.fields[0].field in ("file", "mapping")
    assert (await client.find()).total == 0


async def test_a_file_with_too_many_bytes_or_rows_is_refused(client: Client) -> None:
    with pytest.raises(PayloadTooLarge):
        await client.import_csv("phone\n" + "x" * 99 + "\n" * 5 * 1024 * 1024)
    with pytest.raises(PayloadTooLarge) as refused:
        await client.import_csv("phone\n" + "1\n" * 20_001)
    assert "20,000 rows" in str(refused.value)


async def test_all_invalid_rows_are_counted_and_the_first_thousand_are_reported(
    client: Client,
) -> None:
    summary = await client.import_csv("phone\n" + "1\n" * 1500)
    assert outcome(summary) == (0, 0, 1500)
    assert [error.row for error in summary.errors] == list(range(2, 1002))


async def test_duplicates_are_found_across_chunks_of_a_file(client: Client) -> None:
    numbers = [*range(7000), *range(3000)]
    list_id = await client.new_list()
    summary = await client.import_csv(
        "phone\n" + "".join(f"{phone(n)}\n" for n in numbers), list_id=list_id
    )
    assert outcome(summary) == (7000, 0, 3000)
    assert (await client.find()).total == await client.member_count(list_id) == 7000


async def test_concurrent_imports_of_a_file_create_no_duplicates(client: Client) -> None:
    rows = [f"{phone(n)},Ann{n},,,tag{n % 7}\n" for n in range(6000)]
    files = [HEADER + "".join(rows), HEADER + "".join(reversed(rows)), HEADER + "".join(rows)]
    list_id = await client.new_list()
    summaries = await asyncio.gather(*(client.import_csv(f, list_id=list_id) for f in files))
    assert sum(summary.created for summary in summaries) == 6000
    assert sum(summary.updated for summary in summaries) == 12_000
    assert (await client.find()).total == await client.member_count(list_id) == 6000
    assert sum((await client.tag_counts()).values()) == 6000


async def test_concurrent_imports_into_a_list_do_not_block_each_other(client: Client) -> None:
    list_id = await client.new_list()
    blocks = [range(n, n + 5500) for n in range(0, 22_000, 5500)]
    files = ["phone,tags\n" + "".join(f"{phone(n)},a;b\n" for n in block) for block in blocks]
    summaries = await asyncio.gather(*(client.import_csv(f, list_id=list_id) for f in files))
    assert [outcome(summary) for summary in summaries] == [(5500, 0, 0)] * 4
    assert await client.member_count(list_id) == (await client.find()).total == 22_000
    assert await client.tag_counts() == {"a": 22_000, "b": 22_000}


async def test_an_import_restores_deleted_contacts_and_counts_them_as_created(
    client: Client,
) -> None:
    made = await client.create(phone(1), first_name="Maria")
    await client.delete(made.id)
    assert outcome(await client.import_csv(f"phone\n{phone(1)}\n")) == (1, 0, 0)
    assert (await client.get(made.id)).first_name == "Maria"
    assert await client.found(search="maria") == {phone(1)}


async def test_an_import_into_a_list_of_another_organisation_is_refused(
    client: Client, stranger: Client
) -> None:
    unknown_contacts = await stranger.new_list()
    with pytest.raises(CrossOrgAccess):
        await client.import_csv(f"phone\n{phone(1)}\n", list_id=unknown_contacts)
    with pytest.raises(NotFound):
        await client.import_csv(f"phone\n{phone(1)}\n", list_id=str(new_id()))
    with pytest.raises(InvalidInput):
        await client.import_csv(f"phone\n{phone(1)}\n", list_id="mine")
    assert (await client.find()).total == await stranger.member_count(unknown_contacts) == 0
