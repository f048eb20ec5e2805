"""Reduce a text to plain words, ignoring case, accents, quotes and emoji."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'\u2019\u2018\u02bc`\u00b4")
# Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"\u0131": "i", "\u0142": "l", "\u00f8": "o", "\u0111": "d"})
_ELIDED = re.compile(r"\b([cdjlmnst]|qu)['\u2019](?=\w)", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    """Return the words of `text` without case, accents and special forms such as full-width.

    `Don't` is one word, and the French `m'envoyer` is two.
    """
    spaced = _ELIDED.sub(r"\1 ", text)
    plain = unicodedata.normalize("NFKC", spaced).translate(_APOSTROPHES).casefold()
    parts = unicodedata.normalize("NFKD", plain.translate(_LETTERS))
    bare = "".join(c for c in parts if unicodedata.category(c) != "Mn")
    return _WORD.findall(unicodedata.normalize("NFC", bare))
