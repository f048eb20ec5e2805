"""Form values are percent-encoded as browsers and urllib do it."""

from urllib.parse import quote_plus

from hypothesis import given
from hypothesis import strategies as st

from servicekit.forms import form_quoted


@given(st.text() | st.text(st.characters(max_codepoint=127)))
def test_a_value_is_percent_encoded_as_urllib_does_it(value: str) -> None:
    assert form_quoted(value) == quote_plus(value)
