"""Search rows by the beginnings of words.

An index on the words can't be used under row-level security, because the operator is not leakproof.
So a search reads all rows that the other conditions leave, which are few: one organisation has
thousands of campaigns, templates or attendees, not millions.
"""

import re

from sqlalchemy import ColumnElement, func

_WORD = re.compile(r"[^\W_]+")
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def words_of(*texts: ColumnElement[str]) -> ColumnElement[object]:
    """Return the words of `texts`. Punctuation separates words."""
    spaced = func.translate(func.concat_ws(" ", *texts), _PUNCTUATION, " " * len(_PUNCTUATION))
    return func.to_tsvector("simple", spaced)


def begin_with(words: ColumnElement[object], search: str) -> ColumnElement[bool]:
    """Match rows in which, for each word of `search`, some word of `words` begins with it."""
    prefixes = " & ".join(f"{word}:*" for word in _WORD.findall(search))
    return words.op("@@", is_comparison=True)(func.to_tsquery("simple", prefixes))
