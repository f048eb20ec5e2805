"""Files as people in the trade have them: the numbers themselves, or a row that is refused."""

from pathlib import Path

import pytest

from services.contacts.tests.client import Client
from tests.fixtures.running import Running

FILES = Path(__file__).parents[1] / "files"


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
async def test_the_people_of_a_file_are_imported_with_their_own_numbers(
    client: Client, name: str, country: str, numbers: list[str], piece: int
) -> None:
    file = (FILES / f"{name}.csv").read_bytes()
    summary = await client.import_csv(file, piece=piece, default_country=country)
    assert [error.message for error in summary.errors] == []
    assert await client.found() == set(numbers)


async def test_names_that_begin_with_an_apostrophe_keep_it(client: Client) -> None:
    await client.import_csv((FILES / "19-apostrophes.csv").read_bytes())
    names = {(c.first_name, c.last_name) for c in (await client.find()).items}
    assert names == {("Ava", "'t Hooft"), ("'Ofa", "O\u2019Neill"), ("Hana", "D'Arcy")}


async def test_labels_of_an_address_book_are_tags_but_its_own(client: Client) -> None:
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
        ("0170 1234567 oder 0171 7654321", "no letters"),
        ("+49491701234567", "twice"),
    ],
)
async def test_a_number_that_is_not_certain_is_refused_with_what_is_wrong(
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
async def test_of_a_landline_and_a_mobile_the_mobile_is_suggested(
    client: Client, headings: str, column: str
) -> None:
    preview = await client.preview(f"{headings}\nHome,4152000001,Mobile,4152000002\n")
    assert preview.suggested_mapping[column] == "phone"
    assert list(preview.suggested_mapping.values()).count("phone") == 1
