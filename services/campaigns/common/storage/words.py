"""Search rows by the beginnings of words.

An index on the words can't be used under row-level security, because the operator is not leakproof.
So a search reads all rows that the other conditions leave, which are few: one organisation has
thousands of campaigns, templates or attendees, not millions.
"""

import re

from sqlalchemy import ColumnElement, func, literal_column

from servicekit.folding import LETTERS, MARKS, fold

_WORD = re.compile(r"[^\W_]+")
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u2018\u2019"
_MARKS = f"[{MARKS.encode().decode('unicode_escape')}]"
_ONE = {letter: plain for letter, plain in LETTERS.items() if len(plain) == 1}
_SEVERAL = {letter: plain for letter, plain in LETTERS.items() if len(plain) > 1}


def words_of(*texts: ColumnElement[str]) -> ColumnElement[object]:
    """Return the words of `texts`, folded as `fold` does. Punctuation separates words."""
    folded = _folded(func.concat_ws(" ", *texts))
    spaced = func.translate(folded, _PUNCTUATION, " " * len(_PUNCTUATION))
    return func.to_tsvector("simple", spaced)


def begin_with(words: ColumnElement[object], search: str) -> ColumnElement[bool]:
    """Return the SQL condition for rows in which each word of `search` begins a word of `words`.

    Case, accents and forms of letters are ignored.
    """
    prefixes = " & ".join(f"{word}:*" for word in _WORD.findall(fold(search)))
    return words.op("@@", is_comparison=True)(func.to_tsquery("simple", prefixes))


def _folded(expression: ColumnElement[str]) -> ColumnElement[str]:
    decomposed = func.normalize(expression, literal_column("NFKD"))
    bare = func.lower(func.regexp_replace(decomposed, _MARKS, "", "g"))
    for letter, plain in _SEVERAL.items():
        bare = func.replace(bare, letter, plain)
    return func.translate(bare, "".join(_ONE), "".join(_ONE.values()))
