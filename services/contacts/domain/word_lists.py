"""Read lists of words from text, and bring headings into a form that can be compared with them."""

import re
from collections.abc import Sequence

from servicekit.folding import fold

_PUNCTUATION = re.compile(r"[\W_]+")


def words_of(text: str) -> frozenset[str]:
    """Return the words of ``text``, which are separated by spaces."""
    return frozenset(text.split())


def folded_words_of(text: str) -> frozenset[str]:
    """Return the words of ``text``, folded as in ``words_in``."""
    return words_of(fold(text))


def ranking_of(text: str) -> Sequence[str]:
    """Return the words of ``text`` in their order, folded as in ``joined``."""
    return fold(text).split()


def words_in(heading: str) -> list[str]:
    """Return the words of a heading in lower case and without accents."""
    return _PUNCTUATION.sub(" ", fold(heading)).split()


def joined(heading: str) -> str:
    """Return a heading in lower case, without accents, spaces and punctuation."""
    return _PUNCTUATION.sub("", fold(heading))
