"""For column names of common spreadsheets and address books, a mapping is suggested."""

import pytest

from services.contacts.domain.import_columns import Columns, resolve, suggest


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Phone", "phone"),
        ("PHONE NUMBER", "phone"),
        ("phone_number", "phone"),
        ("Mobile", "phone"),
        ("Cell Phone", "phone"),
        ("Phone 1 - Value", "phone"),
        ("Given Name", "firstName"),
        ("firstName", "firstName"),
        ("First-Name", "firstName"),
        ("Surname", "lastName"),
        ("Family name", "lastName"),
        ("E-mail", "email"),
        ("Email Address", "email"),
        ("Labels", "tags"),
        ("Time Zone", "timeZone"),
    ],
)
def test_common_column_names_are_recognised(header: str, field: str) -> None:
    assert suggest([header, "Shoe size"]) == {header: field}


def test_if_several_columns_fit_a_field_the_most_likely_one_is_suggested() -> None:
    headers = ["Work phone", "Name", "Mobile", "First name", "Mobile"]
    assert suggest(headers) == {"Mobile": "phone", "First name": "firstName"}
    assert resolve(headers, {}) == Columns(5, 2, 3, None, None, None, None)
