"""What a provider tells of a text is kept, whatever it is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.inbox.domain.attachments import Attachments, attachments_of
from services.messaging.inbox.domain.inbound import MAX_BODY, body_of, inbound_of, segments_in

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "segments"),
    [
        (None, 1),
        ("", 1),
        ("0", 1),
        ("3", 3),
        (2, 2),
        ("-1", 1),
        ("many", 1),
        ("\u0663", 1),
        ("9" * 30, 10_000),
    ],
)
def test_a_number_of_segments_fits(value: object, segments: int) -> None:
    assert segments_in(value) == segments


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"NumMedia": "0"}, ""),
        ({}, ""),
        ({"NumMedia": "x"}, ""),
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, "[Picture]"),
        ({"NumMedia": "1", "MediaContentType0": "text/vcard"}, "[Contact card]"),
        ({"NumMedia": "1"}, "[Attachment]"),
        ({"MediaContentType0": "audio/amr"}, "[Sound]"),
        ({"NumMedia": "2", "MediaContentType0": "image/a", "MediaContentType1": "image/b"},
         "[2 x Picture]"),
        ({"NumMedia": "2", "MediaContentType0": "image/a", "MediaContentType1": "video/b"},
         "[2 x Attachment]"),
    ],
)  # fmt: skip
def test_attachments_have_words(form: dict[str, str], words: str) -> None:
    assert attachments_of(form).words == words


def test_a_text_without_words_shows_what_came_with_it() -> None:
    form = {"MessageSid": "MM1", "NumMedia": "1", "MediaContentType0": "image/png", "Body": " "}
    assert inbound_of(form, NOW).preview == "[Picture]"
    assert inbound_of({**form, "Body": "Look"}, NOW).preview == "Look"
    assert inbound_of({"SmsSid": "SM1"}, NOW).attachments == Attachments()


@given(text=st.text(st.characters(codec=None)))
def test_every_text_can_be_stored(text: str) -> None:
    kept = body_of(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept


def test_a_very_long_text_is_cut() -> None:
    assert len(body_of("\ufdfa" * 50_000)) == MAX_BODY
