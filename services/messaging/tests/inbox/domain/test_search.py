"""What is asked of the words of texts, and what is shown of the texts that are found."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.folding import fold
from services.messaging.inbox.domain.search import snippet_of, to_tsquery

ORG = UUID("01234567-89ab-7def-8123-4567deadbeef")


def test_every_word_is_looked_for_by_its_beginning_in_either_direction() -> None:
    assert to_tsquery(ORG, ["hello", "ada"], ["in", "out"]) == (
        "('deadbeefihello':* & 'deadbeefiada':*) | ('deadbeefohello':* & 'deadbeefoada':*)"
    )


def test_one_direction_is_looked_for_alone() -> None:
    assert to_tsquery(ORG, ["hello"], ["in"]) == "('deadbeefihello':*)"


def test_a_short_text_is_shown_whole_with_its_matches() -> None:
    snippet = snippet_of("Doors open at 7 pm, open to all.", ["open", "al"])
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
def test_case_accents_and_punctuation_do_not_count(body: str, word: str, match: str) -> None:
    snippet = snippet_of(body, [word])
    [(start, length)] = snippet.highlights
    assert snippet.text[start : start + length] == match


def test_positions_count_as_strings_do_in_javascript() -> None:
    snippet = snippet_of("\U0001f600\U0001f600 hello", ["hello"])
    assert snippet.highlights == [(5, 5)]


def test_of_a_long_text_the_part_around_the_first_match_is_shown() -> None:
    snippet = snippet_of("a " * 300 + "needle" + " b" * 300, ["needle"])
    assert snippet.text.startswith("…a")
    assert snippet.text.endswith("b …") or snippet.text.endswith("b…")
    [(start, length)] = snippet.highlights
    assert snippet.text[start : start + length] == "needle"
    assert len(snippet.text) <= 202


@given(st.text(max_size=400), st.text(alphabet="abc ", min_size=1, max_size=6))
def test_a_highlight_always_lies_within_its_snippet(body: str, text: str) -> None:
    words = text.split()
    if not words:
        return
    snippet = snippet_of(body, words)
    units = snippet.text.encode("utf-16-le")
    for start, length in snippet.highlights:
        shown = units[start * 2 : (start + length) * 2].decode("utf-16-le")
        assert fold(shown)[0] in {word[0] for word in words}
        assert len(units) // 2 >= start + length


def test_a_word_within_a_run_without_spaces_is_marked() -> None:
    body = "\u60a8\u7684\u9884\u7ea6\u5728\u660e\u5929"
    assert list(snippet_of(body, ["\u9884\u7ea6"]).highlights) == [(2, 2)]


def test_a_word_with_vowel_signs_is_marked_whole() -> None:
    body = "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f"
    snippet = snippet_of(body, ["\u0645\u062d\u0645\u062f"])
    assert list(snippet.highlights) == [(0, len(body))]
