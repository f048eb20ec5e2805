"""Incoming messages are stored, whatever the webhook contains."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.common.domain.provider_fields import MAX_BODY, body_of, segments_in
from services.messaging.inbox.domain.attachments import Attachments, parse_attachments
from services.messaging.inbox.domain.incoming_message import parse_incoming

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
def test_any_value_of_the_segment_count_in_a_webhook_is_accepted(
    value: object, segments: int
) -> None:
    assert segments_in(value) == segments


@pytest.mark.parametrize(
    ("form", "placeholder"),
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
def test_attachments_are_described_in_brackets_by_kind_and_count(
    form: dict[str, str], placeholder: str
) -> None:
    assert parse_attachments(form).placeholder == placeholder


def test_a_message_without_text_shows_its_attachments() -> None:
    form = {"MessageSid": "MM1", "NumMedia": "1", "MediaContentType0": "image/png", "Body": " "}
    assert parse_incoming(form, NOW).preview == "[Picture]"
    assert parse_incoming({**form, "Body": "Look"}, NOW).preview == "Look"
    assert parse_incoming({"SmsSid": "SM1"}, NOW).attachments == Attachments()


@given(text=st.text(st.characters(codec=None)))
def test_the_database_can_store_any_received_text(text: str) -> None:
    kept = body_of(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept


def test_a_very_long_body_is_cut() -> None:
    assert len(body_of("\ufdfa" * 50_000)) == MAX_BODY
