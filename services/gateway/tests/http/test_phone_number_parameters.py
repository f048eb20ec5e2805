"""A plus sign that a client did not encode in a query string is restored.

This happens in fields for phone numbers and times.
"""

import pytest

from services.gateway.http.query import query_parameters


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (b"phone=+447400123456", "+447400123456"),
        (b"phone=%2B447400123456", "+447400123456"),
        (b"phone=%20447400123456", "+447400123456"),
        (b"phone=447400123456", "447400123456"),
        (b"phone=+44+7400+123456", "+44 7400 123456"),
        (b"phone=+44+(0)7400-123456", "+44 (0)7400-123456"),
        (b"phone=+1-415-555-0123", "+1-415-555-0123"),
        (b"search=+2026-11-29", " 2026-11-29"),
        (b"search=+1.5", " 1.5"),
        (b"search=+ann", " ann"),
        (b"search=ann+2026", "ann 2026"),
        (b"page=+2", " 2"),
        (b"from=2026-11-29T00:00:00+01:00", "2026-11-29T00:00:00+01:00"),
        (b"from=2026-11-29T00:00:00.123%2B01:00", "2026-11-29T00:00:00.123+01:00"),
        (b"search=2026-11-29+00:00", "2026-11-29 00:00"),
    ],
)
def test_a_plus_sign_decoded_as_a_space_is_restored_only_in_phone_numbers_and_times(
    query: bytes, value: str
) -> None:
    assert [found for _, found in query_parameters(query)] == [value]
