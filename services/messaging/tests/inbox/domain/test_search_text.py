"""Search queries, and the snippets of the messages that they find."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.folding import fold
from services.messaging.inbox.domain.search_text import make_snippet, to_tsquery

ORG = UUID("01234567-89ab-7def-8123-4567deadbeef")


def test_a_query_finds_sent_and_received_messages_by_the_beginnings_of_all_its_words() -> None:
    assert to_tsquery(ORG, ["hello", "ada"], ["in", "out"]) == (
        "('deadbeefihello':* & 'deadbeefiada':*) | ('deadbeefohello':* & 'deadbeefoada':*)"
    )


def test_a_search_can_be_limited_to_one_direction() -> None:
    assert to_tsquery(ORG, ["hello"], ["in"]) == "('deadbeefihello':*)"


def test_a_short_message_is_shown_completely_with_its_matches() -> None:
    snippet = make_snippet("Doors open at 7 pm, open to all.", ["open", "al"])
    assert snippet.text == "Doors open at 7 pm, open to all."
    assert [snippet.text[a : a + n] for a, n in snippet.highlights] == ["open", "open", "all"]


@pytest.mark.parametrize(
    ("body", "word", "match"),
    [
        ("Le CAFÉ est ouvert", "cafe", "CAFÉ"),
        ("Le cafe\u0301 est ouvert", "cafe", "cafe\u0301"),
        ("Ὀδυσσεύς", "οδυσσευσ", "Ὀδυσσεύς"),
        ("Sale\U0001f389!", "sale", "Sale"),
        ("(open)", "open", "open"),
        ("snake_case", "case", "case"),
    ],
)
def test_a_highlight_is_found_although_case_accents_or_punctuation_differ(
    body: str, word: str, match: str
) -> None:
    snippet = make_snippet(body, [word])
    [(start, length)] = snippet.highlights
    assert snippet.text[start : start + length] == match


def test_the_positions_of_highlights_are_in_utf_16_units_as_in_javascript() -> None:
    snippet = make_snippet("\U0001f600\U0001f600 hello", ["hello"])
    assert snippet.highlights == [(5, 5)]


def test_a_long_message_is_shown_around_its_first_match() -> None:
    snippet = make_snippet("a " * 300 + "needle" + " b" * 300, ["needle"])
    assert snippet.text.startswith("…a")
    assert snippet.text.endswith("b …") or snippet.text.endswith("b…")
    [(start, length)] = snippet.highlights
    assert snippet.text[start : start + length] == "needle"
    assert len(snippet.text) <= 202


@given(st.text(max_size=400), st.text(alphabet="abc ", min_size=1, max_size=6))
def test_highlights_are_always_inside_the_snippet(body: str, text: str) -> None:
    words = text.split()
    if not words:
        return
    snippet = make_snippet(body, words)
    units = snippet.text.encode("utf-16-le")
    for start, length in snippet.highlights:
        shown = units[start * 2 : (start + length) * 2].decode("utf-16-le")
        assert fold(shown)[0] in {word[0] for word in words}
        assert len(units) // 2 >= start + length


def test_a_word_in_a_text_without_spaces_is_highlighted() -> None:
    body = "\u60a8\u7684\u9884\u7ea6\u5728\u660e\u5929"
    assert list(make_snippet(body, ["\u9884\u7ea6"]).highlights) == [(2, 2)]


def test_a_word_with_vowel_signs_is_highlighted_completely() -> None:
    body = "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f"
    snippet = make_snippet(body, ["\u0645\u062d\u0645\u062f"])
    assert list(snippet.highlights) == [(0, len(body))]
