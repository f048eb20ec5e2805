"""Build search queries for the words of messages, and the snippets that show where they match.

The words of a message (`message_search.words`, see the migration) are stored in lower case, without
accents and punctuation, each with a prefix for the organisation and the message's direction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.folding import MARKS, fold, is_unspaced

_SNIPPET_CHARACTERS = 200
_CHARACTERS_BEFORE_MATCH = 60
_CUT = "…"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a message's text, and where the searched words are in it.

    Each word has a start and a length, both in UTF-16 code units, as strings in JavaScript count.
    """

    text: str
    highlights: Sequence[tuple[int, int]]


def to_tsquery(org_id: UUID, words: Sequence[str], directions: Sequence[str]) -> str:
    """Return the Postgres `tsquery` for messages that have every one of `words`.

    A word matches all words that start with it.

    Args:
        org_id: The organisation whose messages are searched.
        words: Words of letters and digits only, as the database splits a message.
        directions: `in`, `out` or both.
    """
    key = str(org_id)[-8:]
    alternatives = (
        " & ".join(f"'{key}{direction[0]}{word}':*" for word in words) for direction in directions
    )
    return " | ".join(f"({alternative})" for alternative in alternatives)


def make_snippet(body: str, words: Sequence[str]) -> Snippet:
    """Return the part of a message around the first match of `words`."""
    matches = list(_matches(body, words))
    first = matches[0][0] if matches else 0
    start = max(0, first - _CHARACTERS_BEFORE_MATCH) if len(body) > _SNIPPET_CHARACTERS else 0
    end = start + _SNIPPET_CHARACTERS
    before, after = _CUT if start else "", _CUT if end < len(body) else ""
    shown = body[start:end]
    highlights = [
        (_utf16_units(before + shown[: a - start]), _utf16_units(body[a:b]))
        for a, b in matches
        if start <= a and b <= end
    ]
    return Snippet(before + shown + after, highlights)


def _matches(body: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(body):
        if fold(match[0]).startswith(tuple(words)):
            yield match.span()
        else:
            yield from _matches_within(match[0], match.start(), words)


def _matches_within(run: str, start: int, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find words inside a run of letters, for languages that are written without spaces."""
    unspaced = [word for word in words if is_unspaced(word)]
    for offset in range(1, len(run)) if unspaced else ():
        length = max((len(word) for word in unspaced if run.startswith(word, offset)), default=0)
        if length:
            yield start + offset, start + offset + length


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
