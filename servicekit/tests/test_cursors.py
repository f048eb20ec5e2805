"""A cursor decodes to the encoded position, and only for its own organisation."""

import base64
import json
import string
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.cursors import BadCursor, CursorCodec

CODEC = CursorCodec(b"k" * 32)
ORG = UUID("0198f1d2-0000-7000-8000-000000000001")
POSITION = ("messages", "2026-11-20T10:00:00.123456Z", "0198f1d2-0000-7000-8000-0000000000aa")
URL_SAFE = string.ascii_letters + string.digits + "-_"


@given(st.uuids(), st.lists(st.text(max_size=40), max_size=5))
def test_decoding_a_cursor_returns_its_position(org_id: UUID, parts: list[str]) -> None:
    cursor = CODEC.encode(org_id, *parts)
    assert CODEC.decode(org_id, cursor) == tuple(parts)
    assert set(cursor) <= set(URL_SAFE)


def test_encoding_a_position_twice_gives_the_same_short_cursor() -> None:
    assert CODEC.encode(ORG, *POSITION) == CODEC.encode(ORG, *POSITION)
    assert len(CODEC.encode(ORG, *POSITION)) < 150


def test_another_organisation_cannot_use_a_cursor() -> None:
    with pytest.raises(BadCursor):
        CODEC.decode(uuid4(), CODEC.encode(ORG, *POSITION))


def test_a_cursor_signed_with_another_key_is_refused() -> None:
    with pytest.raises(BadCursor):
        CursorCodec(b"x" * 32).decode(ORG, CODEC.encode(ORG, *POSITION))


def test_a_cursor_with_any_changed_character_is_refused() -> None:
    for cursor in (CODEC.encode(ORG, *POSITION), CODEC.encode(ORG, "a"), CODEC.encode(ORG, "ab")):
        for index, original in enumerate(cursor):
            for replacement in set(URL_SAFE) - {original}:
                with pytest.raises(BadCursor):
                    CODEC.decode(ORG, cursor[:index] + replacement + cursor[index + 1 :])


def test_a_cursor_that_was_cut_or_extended_is_refused() -> None:
    cursor = CODEC.encode(ORG, *POSITION)
    for length in range(len(cursor)):
        with pytest.raises(BadCursor):
            CODEC.decode(ORG, cursor[:length])
    for addition in ("A", "=", "==", " ", "\n", "AAAA"):
        with pytest.raises(BadCursor):
            CODEC.decode(ORG, cursor + addition)


def test_a_cursor_without_a_signature_is_refused() -> None:
    forged = bytes(16) + json.dumps(POSITION).encode()
    with pytest.raises(BadCursor):
        CODEC.decode(ORG, base64.urlsafe_b64encode(forged).decode().rstrip("="))


@given(st.text(max_size=100))
def test_text_that_is_not_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        CODEC.decode(ORG, cursor)


def test_a_cursor_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadCursor):
        CODEC.decode(ORG, "A" * 10_000_000)


def test_a_list_position_that_would_make_a_cursor_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        CODEC.encode(ORG, "x" * 2000)


def test_a_signing_key_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        CursorCodec(b"short")
