"""Notice text in another encoding that was read as Windows-1252.

Such text has symbols in the middle of words, words with only accented letters, capitals in the
middle of words, or letters that no Western language combines.
"""

import re

_ACCENTED = "À-ÖØ-öø-ÿ"
_LETTER = f"A-Za-z{_ACCENTED}"
_CAPITAL = "À-ÖØ-Þ"
_LATER_CAPITAL = "ŠŽŒŸ"
_DASHES = "\u2013\u2014"
# Symbols that are never between two letters, and those that are never between letter and capital.
_NEVER_WITHIN = "\u00a2-\u00a9\u00ac\u00ae-\u00b3\u00b5\u00b6\u00b8\u00b9\u00bc-\u00be\u00d7\u00f7"
_NEVER_WITHIN += "\u0192\u02c6\u02dc\u2020-\u2022\u2030\u2122"
_NEVER_BEFORE_SMALL = f"{_NEVER_WITHIN}\u00a1\u00bb\u00bf\u201a\u201c-\u201e\u2039\u203a"
_NEVER_LAST = "\u00a1-\u00a8\u00ac\u00af\u00b1\u00b5\u00b6\u00b8\u00bc-\u00bf\u00d7\u00f7"
_NEVER_LAST += "\u0192\u02c6\u02dc\u201a\u201e\u2020-\u2022\u2030\u2039"
_IMPLAUSIBLE = re.compile(
    # symbols
    rf"[{_LETTER}][{_NEVER_BEFORE_SMALL}][a-z{_ACCENTED}]|[{_LETTER}][{_NEVER_WITHIN}][A-Z]"
    rf"|[{_NEVER_WITHIN}][\u0080-\uffff]|[a-z\u0080-\uffff][{_NEVER_LAST}]"
    rf"|(?<![A-Za-z0-9])[£¯¦¬©®¼½¾ª³¹][a-z]|(?<!\w)ª[A-Z]|(?<!\w)µ[a-z]{{3}}|[a-z]{{3}}[³¹]"
    rf"|[{_ACCENTED}][ªº][{_ACCENTED}]|(?<!\w)\u2014[{_CAPITAL}\u203a](?![a-z])"
    # accented letters only
    rf"|[{_ACCENTED}]{{3}}|(?<!\w)[{_ACCENTED}Ÿ]{{2}}(?!\w)"
    # capitals within words
    rf"|[a-z][{_LATER_CAPITAL}]|\b[A-Z][{_LATER_CAPITAL}][a-z]|[à-öø-ÿ][{_CAPITAL}]"
    r"|[a-z][ÆÊÐÒÔÕ]|[A-Z][ÊÐÒÔÕ][A-Z][a-z]|Ò[A-Z][a-z]*Ó"
    # letters that no language combines
    rf"|[{_CAPITAL}]ÿ|\bß|ø[áíéý]|[áíéý]ø|þ\b|ò[ðþ]|\bÝ[bcdfgkps]"
)
_CONSONANT = "bcdfghjklmnpqrstvwxz"
# Lowercase letters of Mac Roman and MS-DOS that could also be punctuation or letters of a Western
# text: ñ as a dash, í and ë as quotes (after ë, unlike in Hawaiian, comes no vowel), ö as š, á as a
# no-break space.
_DOUBTFUL = re.compile(
    rf"[A-Za-zœšž][{_DASHES}][a-z]"
    rf"|[a-z][{_CONSONANT}]\u2019(?!(?:s|t|d|m|ll|re|ve)\b|hui)[a-z]"
    rf"|[{_CONSONANT}{_CONSONANT.upper()}]š[{_CONSONANT}]"
    rf"|[a-z]\u2018(?:[{_CONSONANT}]|(?!\w))|\b[B-HJ-Z]\xa0[a-z]{{2}}"
)
# In Mac Roman and MS-DOS these bytes are capitals or symbols.
_WESTERN = re.compile(r"[a-z][à-öø-ÿ](?![A-Z])")


class NotWestern(ValueError):
    """The text is in another encoding than Windows-1252."""


class WesternText:
    """Checks whether a text that was decoded as Windows-1252 was in that encoding.

    The text comes in pieces.
    """

    def __init__(self) -> None:
        self._certain = False

    def check(self, piece: str) -> None:
        """Raise ``NotWestern`` if ``piece`` does not look like words of a Western language."""
        if _IMPLAUSIBLE.search(piece):
            raise NotWestern
        self._certain = self._certain or _WESTERN.search(piece) is not None
        if not self._certain and _DOUBTFUL.search(piece):
            raise NotWestern
