"""Forms are read strictly."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.domain.forms import (
    MAX_FIELDS,
    TooManyFields,
    UnreadableForm,
    first_values,
    read_form,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1))
def test_what_was_written_is_read(pairs: list[tuple[str, str]]) -> None:
    assert read_form(urlencode(pairs).encode()) == pairs


@pytest.mark.parametrize(
    "body",
    [b"Body", b"A=1&&B=2", b"A=1&B", b"Body=%FF", b"Body=%ED%A0%80", b"Body=\xc3\xa9", b"B=%00"],
)
def test_what_is_no_form_of_text_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableForm):
        read_form(body)


def test_a_form_has_a_thousand_fields_at_the_most() -> None:
    assert len(read_form(b"&".join([b"a=1"] * MAX_FIELDS))) == MAX_FIELDS
    with pytest.raises(TooManyFields):
        read_form(b"&".join([b"a=1"] * (MAX_FIELDS + 1)))


def test_a_repeated_field_keeps_its_first_value() -> None:
    assert first_values([("A", "1"), ("B", "2"), ("A", "3")]) == {"A": "1", "B": "2"}
