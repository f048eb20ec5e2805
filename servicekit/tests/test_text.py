"""Text from outside is stored without the characters that Postgres refuses."""

import pytest

from servicekit.text import UnreadableJson, read_json, storable, storable_json


def test_nul_characters_are_removed_and_surrogates_are_replaced() -> None:
    assert storable("a\0b") == "ab"
    assert storable("a\ud83db") == "a\ufffdb"
    assert storable(b"caf\xe9".decode(errors="surrogateescape")) == "caf\ufffd"
    assert storable("\U0001f44d \u00e9") == "\U0001f44d \u00e9"


def test_characters_that_cannot_be_stored_are_removed_from_json_at_every_depth() -> None:
    value = {"a\0": ["x\0", {"b": "\udc00"}, 1, None, True]}
    assert storable_json(value) == {"a": ["x", {"b": "\ufffd"}, 1, None, True]}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'["a\u0000b", "\ud83d", "\ud83d\udc4d"]', ["ab", "\ufffd", "\U0001f44d"]),
        (b'{"a": "\xf0\x9f\x91\x8d"}', {"a": "\U0001f44d"}),
        (rb'["\\u0000"]', ["\\u0000"]),
    ],
)
def test_a_providers_json_with_any_characters_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", rb'["\ud83d"' + b"[" * 100_000])
def test_invalid_json_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableJson):
        read_json(body)
