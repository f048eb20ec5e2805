"""Files of other tools are read without losing anybody, and parts left out are reported."""

import pytest

from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportFile, ImportOptions
from services.contacts.domain.import_rows import RowError, StagedContact

LIMITS = CsvLimits(max_bytes=1_000_000, max_rows=10_000, max_columns=1_000)
NAMES = ["Ada", "Ben"]
NUMBERS = ["+14155550123", "+14155550124"]


def read(file: str | bytes, piece: int = 7) -> tuple[list[StagedContact], list[RowError]]:
    """Read a file in pieces of ``piece`` bytes. Return its contacts and errors."""
    data = file.encode() if isinstance(file, str) else file
    reader = ImportFile(ImportOptions(), LIMITS)
    contacts = []
    for begin in range(0, len(data), piece):
        contacts += reader.read(data[begin : begin + piece])
    contacts += reader.read(b"", last=True)
    return contacts, list(reader.errors)


def people(delimiter: str = ",", header: str = "Name,Phone") -> str:
    """Return a CSV file with two people."""
    rows = [header, *(f"{name},{number}" for name, number in zip(NAMES, NUMBERS, strict=True))]
    return "\n".join(rows).replace(",", delimiter) + "\n"


@pytest.mark.parametrize(
    ("before", "delimiter"),
    [
        ("SEP=,\n", ","),
        ("sep = ;\n", ";"),
        ('"sep=;"\n', ";"),
        ("\ufeffsep=;\n", ";"),
        ("sep=;;;\n", ";"),
        ("sep=\t\n", "\t"),
        ("sep=^\n", "^"),
        ("sep=:\n", ":"),
        ("sep=,\n", ";"),  # the line is wrong
        ("", "~"),
        ("\u00a0\n\u200b\n;;\n", ";"),
    ],
)
def test_a_csv_file_is_read_with_the_right_delimiter(before: str, delimiter: str) -> None:
    contacts, errors = read(before + people(delimiter))
    assert [(c.first_name, c.phone) for c in contacts] == list(zip(NAMES, NUMBERS, strict=True))
    assert errors == []


@pytest.mark.parametrize(
    "title",
    [
        "Phone numbers\n",
        "Mobile\nOffice of Ada\n",
        "Phone,,\n",
        "Person,Phone\n",
        "Exported:,2026-11-30\nPhone:,+1 415 555 9999\n",
        "".join(f"Line {number}\n" for number in range(40)),
    ],
)
def test_title_lines_that_look_like_headings_are_reported_and_left_out(title: str) -> None:
    contacts, errors = read(title + people(header="First Name,Mobile"))
    assert [c.phone for c in contacts] == NUMBERS
    assert [error.row for error in errors] == list(range(1, title.count("\n") + 1))


@pytest.mark.parametrize(
    "header",
    [
        "First Name *,Phone Number (required)",
        "'First Name,'Mobile Phone",
        '"Name\n(in full)","Mobile\r\nphone"',
        "Attendee First Name,Phone (with country code)",
        "First_Name__c,MobilePhone",
        "Person - Name,Person - Phone - Mobile",
        "Vorname,Handy-Nr.",
        "Prénom,N° de portable",
        "Nombre,Número de celular",
        "Imię,Telefon komórkowy",
        "Имя,Мобильный телефон",
        "名前,携帯電話番号",
        "姓名,手机号码",
        "이름,휴대폰",
        "الاسم,رقم الجوال",
        "שם,טלפון",
        "First name,Số điện thoại",
    ],
)
def test_column_headings_of_other_tools_and_languages_are_recognised(header: str) -> None:
    contacts, errors = read(people(header=header))
    assert [c.phone for c in contacts] == NUMBERS
    assert [c.first_name for c in contacts] == NAMES
    assert errors == []


@pytest.mark.parametrize("header", ["Name,Emergency Contact Phone", "Name,Phone Type", "Name,Fax"])
def test_columns_with_phone_numbers_of_other_people_are_not_used(header: str) -> None:
    with pytest.raises(Exception, match="no column for `phone`"):
        read(people(header=header))


def test_a_column_of_counts_is_not_mistaken_for_phone_numbers() -> None:
    contacts, _ = read("Number of phones,Phone\n2,+14155550123\n")
    assert contacts[0].phone == "+14155550123"


@pytest.mark.parametrize(
    "header", ["SMS,Phone", "Mobile,Telephone", "Text,Phone", "Cell,Home phone"]
)
def test_a_column_with_yes_and_no_is_not_mistaken_for_phone_numbers(header: str) -> None:
    contacts, errors = read(f"{header}\nyes,+14155550123\n,+14155550124\n")
    assert [c.phone for c in contacts] == NUMBERS
    assert errors == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_files_in_other_unicode_encodings_are_read(encoding: str) -> None:
    contacts, _ = read(("sep=;\n" + people(";")).encode(encoding))
    assert [c.phone for c in contacts] == NUMBERS


def test_cells_that_a_spreadsheet_marks_as_text_are_read_without_the_mark() -> None:
    file = 'Name,Phone\n="Ada",="+14155550123"\n"=""Ben""","=""4155550124"""\n'
    contacts, errors = read(file)
    assert [(c.first_name, c.phone) for c in contacts] == list(zip(NAMES, NUMBERS, strict=True))
    assert errors == []


@pytest.mark.parametrize(
    "file",
    [
        "'Name,'Phone\n'Ada,'+14155550123\n'Ben,'+14155550124\n",
        "'Name','Phone'\n'Ada','+14155550123'\n'Ben','+14155550124'\n",
        "Name,Phone\n'Ada,'+14155550123\n'Ben,'+14155550124\n''Ofa,'+14155550125\n",
    ],
)
def test_apostrophes_around_every_cell_are_left_out_and_reported(file: str) -> None:
    contacts, errors = read(file)
    assert [c.first_name for c in contacts][:2] == NAMES
    assert [c.first_name for c in contacts][2:] in ([], ["'Ofa"])
    assert [(e.row, e.field) for e in errors] == [(1, "file")]


def test_a_row_may_have_more_cells_than_the_header_if_they_are_empty() -> None:
    contacts, errors = read("Name,Phone\nAda,+14155550123,,\nBen,+14155550124,\u200b\n , \n")
    assert [c.phone for c in contacts] == NUMBERS
    assert errors == []


def test_empty_cells_up_to_the_last_column_of_a_spreadsheet_are_no_error() -> None:
    end = "," * 16_382
    contacts, errors = read(f"Name,Phone{end}\nAda,+14155550123{end}\n", piece=10_000)
    assert [c.first_name for c in contacts] == ["Ada"]
    assert errors == []


def test_each_part_of_a_cell_that_is_left_out_is_reported_with_row_and_column() -> None:
    file = (
        "Phone,Name,E-mail,Labels\n"
        "+14155550123 ::: +14155550124,Ada,a@x.example ::: b@x.example,VIP ::: " + "x" * 51 + "\n"
    )
    [contact], errors = read(file)
    assert (contact.phone, contact.email, contact.tags) == (NUMBERS[0], "a@x.example", "VIP")
    assert [(e.row, e.field, e.column) for e in errors] == [
        (2, "phone", "Phone"),
        (2, "email", "E-mail"),
        (2, "tags", "Labels"),
    ]
    assert "2 phone numbers" in errors[0].message


@pytest.mark.parametrize("name", ["Jos\u00c3\u00a9", "Jos\ufffd", "n/a", "-", "nan", "#N/A"])
def test_a_garbled_or_missing_name_is_reported_and_left_out(name: str) -> None:
    [contact], [error] = read(f"Phone,First Name\n+14155550123,{name}\n")
    assert contact.first_name is None
    assert (error.row, error.column) == (2, "First Name")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ada\u00a0Maria", "Ada Maria"),
        ("\u7530\u4e2d\u3000\u592a\u90ce", "\u7530\u4e2d \u592a\u90ce"),
        ("\u200bA\u061cda\ufffc", "Ada"),
        ("Ada\x0bMaria", "Ada\nMaria"),
        (
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        ),
        ("A\u030angstro\u0308m", "\u00c5ngstr\u00f6m"),
    ],
)
def test_invisible_marks_are_removed_from_names_and_all_spaces_become_plain(
    written: str, name: str
) -> None:
    """A no-break space would force UCS-2, and so double the segments of a message."""
    [contact], errors = read(f"Phone,First Name\n+14155550123,{written}\n")
    assert contact.first_name == name
    assert errors == []


@pytest.mark.parametrize(
    ("cell", "email"),
    [
        ("'ada@x.example", "ada@x.example"),
        ("Ada Lovelace <ada@x.example>", "ada@x.example"),
        ("mailto:ada@x.example", "ada@x.example"),
        ("ada@b\u00fccher\u3002example;", "ada@b\u00fccher.example"),
        ("ada@stra\u00dfe.example", "ada@stra\u00dfe.example"),
    ],
)
def test_email_addresses_are_read_as_address_books_write_them(cell: str, email: str) -> None:
    [contact], errors = read(f"Phone,Email\n+14155550123,{cell}\n")
    assert contact.email == email
    assert errors == []


@pytest.mark.parametrize("cell", [";", "'", "mailto:"])
def test_an_email_cell_without_any_address_is_reported(cell: str) -> None:
    [contact], [error] = read(f"Phone,Email\n+14155550123,{cell}\n")
    assert contact.email is None
    assert error.field == "email"
    assert "This is not an email address." in error.message


@pytest.mark.parametrize("zone", ["AMERICA/NEW_YORK", "america/new york", "'America/New_York"])
def test_time_zones_are_read_in_any_case(zone: str) -> None:
    [contact], _ = read(f"Phone,Time Zone\n+14155550123,{zone}\n")
    assert contact.time_zone == "America/New_York"


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("* friends ::: Choir:::* myContacts", "Choir"),
        ("* starred", None),
        ("{VIP,Gala 2026}", "VIP|Gala 2026"),
        ("['VIP', 'Gala 2026']", "VIP|Gala 2026"),
        ("[VIP, Gala 2026]", "VIP|Gala 2026"),
        ("[1, 2]", "1|2"),
        ("VIP\uff1bGala", "VIP|Gala"),
        ("VIP\u3001Gala", "VIP|Gala"),
        ("VIP\u060cGala", "VIP|Gala"),
        ("VIP||Gala", "VIP|Gala"),
        ("[draft]", "[draft]"),
        ("{x}", "{x}"),
        ("* vip", "* vip"),
    ],
)
def test_tags_are_separated_as_other_tools_write_them(cell: str, tags: str | None) -> None:
    [contact], errors = read(f'Phone,Tags\n+14155550123,"{cell}"\n')
    assert contact.tags == (tags and tags.replace("|", "\x1f"))
    assert errors == []


def test_a_tags_cell_with_other_json_than_a_list_of_texts_is_reported() -> None:
    [contact], [error] = read('Phone,Tags\n+14155550123,"[[1], {""x"": 2}]"\n')
    assert contact.tags is None
    assert "semicolons" in error.message
