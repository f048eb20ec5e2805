"""Forms are parsed byte for byte as they were signed, and stored as text."""

from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.domain.forms import (
    MAX_FIELDS,
    TooManyFields,
    UnreadableForm,
    fields_of,
    first_values,
    read_form,
)

TEXT = st.text(st.characters(codec="utf-8"))


@given(pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1))
def test_a_form_is_parsed_as_it_was_encoded(pairs: list[tuple[str, str]]) -> None:
    assert read_form(urlencode(pairs).encode()) == pairs


@given(body=st.binary(), value=st.binary())
def test_no_bytes_of_a_fields_name_or_value_are_lost(body: bytes, value: bytes) -> None:
    [(name, read)] = read_form(quote_plus(body).encode() + b"=" + quote_plus(value).encode())
    assert (name.encode(errors="surrogateescape"), read.encode(errors="surrogateescape")) == (
        body,
        value,
    )


@pytest.mark.parametrize("body", [b"Body", b"A=1&&B=2", b"A=1&B"])
def test_a_body_that_is_not_a_form_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableForm):
        read_form(body)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"Body=ST%00OP", "STOP"),
        (b"Body=caf%E9", "caf\ufffd"),
        (b"Body=caf%C3%A9", "caf\u00e9"),
        (b"Body=\xc3\xa9", "\u00e9"),
        (b"Body=a\x00b", "ab"),
        (b"Body=%ED%A0%80!", "\ufffd\ufffd\ufffd!"),
        (b"Body=50%", "50%"),
        (b"Body=%F0%9F%91%8D%01%7F", "\U0001f44d\x01\x7f"),
    ],
)
def test_characters_that_the_database_cannot_store_are_removed_or_replaced(
    body: bytes, kept: str
) -> None:
    assert fields_of(body) == {"Body": kept}


def test_a_form_has_at_most_a_thousand_fields() -> None:
    assert len(read_form(b"&".join([b"a=1"] * MAX_FIELDS))) == MAX_FIELDS
    with pytest.raises(TooManyFields):
        read_form(b"&".join([b"a=1"] * (MAX_FIELDS + 1)))


def test_of_the_values_of_a_repeated_field_the_first_is_kept() -> None:
    assert first_values([("A", "1"), ("B", "2"), ("A", "3")]) == {"A": "1", "B": "2"}
