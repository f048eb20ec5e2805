"""Searching in texts: what is asked of the words that are kept of each, and what is shown.

The words (``message_search.words``, see the migration) are in lower case, without accents and
punctuation, each behind a key of the organisation and the text's direction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.folding import MARKS, fold, is_unspaced

_SNIPPET_CHARACTERS = 200
_BEFORE_THE_MATCH = 60
_CUT = "…"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text, and where in it the matches are: start and length.

    Both count UTF-16 code units, as strings do in JavaScript.
    """

    text: str
    highlights: Sequence[tuple[int, int]]


def to_tsquery(org_id: UUID, words: Sequence[str], directions: Sequence[str]) -> str:
    """The query, as Postgres writes a ``tsquery``, for texts that hold every one of ``words``.

    A word matches by its beginning. ``words`` are as the database takes a text apart, letters and
    digits alone; ``directions`` are those wanted of ``in`` and ``out``.
    """
    key = str(org_id)[-8:]
    alternatives = (
        " & ".join(f"'{key}{direction[0]}{word}':*" for word in words) for direction in directions
    )
    return " | ".join(f"({alternative})" for alternative in alternatives)


def snippet_of(body: str, words: Sequence[str]) -> Snippet:
    """What to show of a text in which ``words`` were found: the part around the first match."""
    matches = list(_matches(body, words))
    first = matches[0][0] if matches else 0
    start = max(0, first - _BEFORE_THE_MATCH) if len(body) > _SNIPPET_CHARACTERS else 0
    end = start + _SNIPPET_CHARACTERS
    before, after = _CUT if start else "", _CUT if end < len(body) else ""
    shown = body[start:end]
    highlights = [
        (_units(before + shown[: a - start]), _units(body[a:b]))
        for a, b in matches
        if start <= a and b <= end
    ]
    return Snippet(before + shown + after, highlights)


def _matches(body: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(body):
        if fold(match[0]).startswith(tuple(words)):
            yield match.span()
        else:
            yield from _within(match[0], match.start(), words)


def _within(word: str, start: int, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find words within a run of letters that is written without spaces."""
    inner = [one for one in words if is_unspaced(one)]
    for place in range(1, len(word)) if inner else ():
        length = max((len(one) for one in inner if word.startswith(one, place)), default=0)
        if length:
            yield start + place, start + place + length


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
