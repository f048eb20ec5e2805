"""Rows of real customer files are imported with the right phone number, or refused."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.running import Running

FILES = Path(__file__).parents[1] / "files"

# The second number of a cell with two.
LEFT_OUT = {"08-google-two-numbers": [(2, "Phone 1 - Value")]}


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.mark.parametrize(
    ("name", "country", "numbers"),
    [
        (
            "13-float-numbers",
            "US",
            ["+491701234567", "+4366412345678", "+6281234567890", "+14155550123"],
        ),
        ("15-plus-lost-de", "DE", ["+491701234567", "+4915112345678", "+4917012345678"]),
        ("19-apostrophes", "US", ["+14155550125", "+14155550126", "+14155550127"]),
        (
            "20-invisible-marks",
            "US",
            ["+14155550128", "+14155550129", "+14155550130", "+14155550131"],
        ),
        ("12-mailchimp", "US", ["+14155550121", "+14155550122"]),
        ("25-one-more-cell", "US", ["+14155550145", "+14155550146"]),
        ("08-google-two-numbers", "US", ["+14155550114", "+14155550116"]),
        ("01-sep-line", "US", ["+14155550101", "+14155550102"]),
        ("03-commas-in-header", "US", ["+14155550105", "+14155550106"]),
    ],
)
@pytest.mark.parametrize("piece", [7, 100_000])
async def test_real_files_are_imported_with_the_right_phone_numbers(
    client: Client, name: str, country: str, numbers: list[str], piece: int
) -> None:
    file = (FILES / f"{name}.csv").read_bytes()
    summary = await client.import_csv(file, piece=piece, default_country=country)
    assert summary.skipped == 0
    assert [(error.row, error.column) for error in summary.errors] == LEFT_OUT.get(name, [])
    assert await client.found() == set(numbers)


async def test_names_that_begin_with_an_apostrophe_keep_it(client: Client) -> None:
    await client.import_csv((FILES / "19-apostrophes.csv").read_bytes())
    names = {(c.first_name, c.last_name) for c in (await client.find()).items}
    assert names == {("Ava", "'t Hooft"), ("'Ofa", "O\u2019Neill"), ("Hana", "D'Arcy")}


async def test_only_custom_labels_of_an_address_book_become_tags(client: Client) -> None:
    await client.import_csv((FILES / "08-google-two-numbers.csv").read_bytes())
    tags = {c.first_name: set(c.tags) for c in (await client.find()).items}
    assert tags == {"Ida": {"Choir", "Gala 2026"}, "Jon": set()}


async def test_time_zones_may_be_in_lower_case(client: Client) -> None:
    await client.import_csv((FILES / "12-mailchimp.csv").read_bytes())
    zones = {c.first_name: c.time_zone for c in (await client.find()).items}
    assert zones == {"Oz": "America/Los_Angeles", "Pia": "America/New_York"}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0170 1234567/8", "more than one number"),
        ("1.4155550142E+10", "spreadsheet"),
        ("4.91701E+11", "spreadsheet"),
        ("+1 415-555-0100 ext 5", "Extensions"),
        ("+14155550100;+14155550101", "one phone number"),
        ("0170 1234567 oder 0171 7654321", "letters"),
        ("+49491701234567", "twice"),
    ],
)
async def test_an_ambiguous_number_is_refused_with_a_reason(
    client: Client, cell: str, reason: str
) -> None:
    summary = await client.import_csv(f'phone\n"{cell}"\n', default_country="DE")
    [error] = summary.errors
    assert (error.row, error.field) == (2, "phone")
    assert reason in error.message
    assert await client.found() == set()


@pytest.mark.parametrize(
    ("headings", "column"),
    [
        ("Phone,Mobile", "Mobile"),
        ("Phone Number,Mobile Phone Number", "Mobile Phone Number"),
        ("Home Phone,Mobile Phone,Primary Phone", "Mobile Phone"),
        ("Telefon,Handynummer", "Handynummer"),
        ("Téléphone,Téléphone portable", "Téléphone portable"),
        ("Teléfono,Celular", "Celular"),
        ("Work phone,Phone", "Phone"),
        ("Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value", "Phone 2 - Value"),
        ("Mobile carrier,Phone type,Phone", "Phone"),
        ("Contact Number", "Contact Number"),
    ],
)
async def test_a_column_of_mobile_numbers_is_suggested_rather_than_one_of_landlines(
    client: Client, headings: str, column: str
) -> None:
    preview = await client.preview(f"{headings}\nHome,4152000001,Mobile,4152000002\n")
    assert preview.suggested_mapping[column] == "phone"
    assert list(preview.suggested_mapping.values()).count("phone") == 1


async def test_an_unreadable_optional_cell_is_left_out_of_its_row(client: Client) -> None:
    summary = await client.import_csv((FILES / "24-addresses.csv").read_bytes())
    assert (summary.created, summary.skipped, summary.incomplete) == (4, 0, 1)
    [error] = summary.errors
    assert (error.row, error.field, error.column) == (5, "email", "Email")
    emails = {c.first_name: c.email for c in (await client.find()).items}
    assert emails["Uma"] == "info@m\u00fcller.example"
    assert emails["Xan"] == ""


@pytest.mark.parametrize(
    "before",
    [
        "Contacts of 29 November 2026\n\n",
        "Exported by Ada, Office, 29 Nov 2026\n;;\n",
        '"Our list, all of it"\nsep=;\n',
        "\n" * 40,
    ],
)
@pytest.mark.parametrize("piece", [3, 100_000])
async def test_lines_above_the_header_are_reported_and_left_out(
    client: Client, before: str, piece: int
) -> None:
    file = before + f"First Name;Phone\nAda;{phone(1)}\nBen;{phone(2)}\n"
    summary = await client.import_csv(file, piece=piece)
    assert (summary.created, summary.skipped) == (2, 0)
    assert await client.found() == {phone(1), phone(2)}
    titles = [line for line in before.splitlines() if line.strip(";") and "sep=" not in line]
    assert [error.field for error in summary.errors] == ["row"] * len(titles)


async def test_the_header_with_the_columns_of_a_mapping_is_found_below_other_lines(
    client: Client,
) -> None:
    file = f"Sheet 1\n\nwho,number to text\nAda,{phone(1)}\n"
    mapping = {"who": "firstName", "number to text": "phone"}
    assert (await client.import_csv(file, mapping=mapping)).created == 1


async def test_a_file_with_long_headings_and_many_columns_is_read(client: Client) -> None:
    extra = [f"Field {number}" for number in range(15)]
    file = ",".join(['"First\nName"', '"Mobile\r\nPhone\u00a0Number"', *extra])
    summary = await client.import_csv(file + f"\nAda,{phone(1)}{',' * len(extra)}\n")
    assert summary.created == 1
    assert (await client.find()).items[0].first_name == "Ada"


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("VIP;Gala 2026", {"VIP", "Gala 2026"}),
        ("VIP, Gala 2026", {"VIP", "Gala 2026"}),
        ('"VIP","Gala 2026"', {"VIP", "Gala 2026"}),
        ('["VIP", "Gala 2026"]', {"VIP", "Gala 2026"}),
        ("VIP | Gala 2026", {"VIP", "Gala 2026"}),
        ("VIP\nGala 2026", {"VIP", "Gala 2026"}),
        ("Choir ::: VIP ::: * myContacts", {"Choir", "VIP"}),
        ('"Paris, France";VIP', {"Paris, France", "VIP"}),
        ("[draft", {"[draft"}),
        ('5" nails', {'5" nails'}),
    ],
)
async def test_tags_are_read_as_other_tools_write_them(
    client: Client, cell: str, names: set[str]
) -> None:
    text = StringIO()
    csv.writer(text).writerows([["Phone", "Tags"], [phone(1), cell]])
    await client.import_csv(text.getvalue())
    assert set((await client.find()).items[0].tags) == names


async def test_exported_tags_with_separators_are_imported_again(client: Client) -> None:
    names = {"Paris, France", 'the "best"', "a;b", "c|d", "plain", "\u6771\u4eac\u3001\u5927\u962a"}
    names |= {"* starred", "{a, b}", "[x]", "one ::: two"}
    made = await client.create(phone(1), tags=sorted(names))
    file = await client.export()
    await client.update(made.id, tags=contacts_pb2.TagSet())
    await client.import_csv(file)
    assert set((await client.get(made.id)).tags) == names


async def test_characters_with_separate_accents_are_composed(client: Client) -> None:
    """A separate accent in a name would force UCS-2, and so double the segments of a message."""
    await client.import_csv(f"Phone,First Name,Tags\n{phone(1)},Jose\u0301,Cafe\u0301\n")
    [contact] = (await client.find()).items
    assert (contact.first_name, list(contact.tags)) == ("Jos\u00e9", ["Caf\u00e9"])


async def test_a_file_that_is_read_as_windows_1252_is_reported(
    client: Client,
) -> None:
    summary = await client.import_csv(f"Phone,First Name\n{phone(1)},Zo\u00eb\n".encode("cp1252"))
    assert (summary.created, summary.skipped) == (1, 0)
    [note] = summary.errors
    assert note.field == "file"
    assert "Windows-1252" in note.message
