"""Text from outside is kept without what Postgres refuses."""

from servicekit.text import storable, storable_json


def test_nul_goes_and_surrogates_are_replaced() -> None:
    assert storable("a\0b") == "ab"
    assert storable("a\ud83db") == "a\ufffdb"
    assert storable(b"caf\xe9".decode(errors="surrogateescape")) == "caf\ufffd"
    assert storable("\U0001f44d \u00e9") == "\U0001f44d \u00e9"


def test_json_is_cleaned_at_every_depth() -> None:
    value = {"a\0": ["x\0", {"b": "\udc00"}, 1, None, True]}
    assert storable_json(value) == {"a": ["x", {"b": "\ufffd"}, 1, None, True]}
