"""A phone number whose plus sign was not encoded in the query string arrives with a space."""

import pytest

from services.gateway.http.request_reader import query_parameters


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (b"phone=+447400123456", "+447400123456"),
        (b"phone=%2B447400123456", "+447400123456"),
        (b"phone=%20447400123456", "+447400123456"),
        (b"phone=447400123456", "447400123456"),
        (b"phone=+44+7400+123456", "+44 7400 123456"),
        (b"search=+ann", " ann"),
        (b"search=ann+2026", "ann 2026"),
        (b"page=+2", " 2"),
    ],
)
def test_only_a_phone_number_gets_its_plus_sign_back(query: bytes, value: str) -> None:
    assert [found for _, found in query_parameters(query)] == [value]
