"""Fold words for a search: ignore case, accents, vowel signs and variants of letters.

Python folds queries and Postgres folds stored texts, so both use the tables in this file. For
languages that are written without spaces (Chinese, Japanese, Thai and others) every suffix of a run
of letters is stored. Searches match beginnings, so a word in the middle of a run is found too.
"""

import re
import unicodedata

SUFFIX_LENGTH = 8
"""Characters of a stored suffix. Longer words are searched for in pieces of that length."""

MARKS = (
    "\\u0300-\\u036F"  # accents
    "\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7"  # Hebrew points
    # vowel signs, hamza and the tatweel of Arabic
    "\\u0610-\\u061A\\u0621\\u0640\\u064B-\\u065F\\u0670\\u06D6-\\u06DC\\u06DF-\\u06E8\\u06EA-\\u06ED"
    "\\u08D3-\\u08E1\\u08E3-\\u08FF"
    "\\u093C\\u09BC\\u0A3C\\u0ABC\\u0B3C"  # the dot below letters of Indian scripts
    # joiners, marks of direction, soft hyphens, zero-width spaces
    "\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2064\\u2066-\\u2069\\uFE00-\\uFE0F\\uFEFF"
)
"""Marks that people leave out: accents, vowel signs, hamza, the tatweel, invisible characters."""

LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ĳ": "ij",
    **dict(zip("łøđðıħŧŋəƶɨς", "loddihtnezi\u03c3", strict=True)),
    # Letters of African and Northern languages.
    **dict(zip("ĸɓɗɖɛɠɣɫɲɔƒƙƴʋʊɩ", "kbddeggl" + "nofkyvui", strict=True)),
    "\u0491": "\u0433",  # the Ukrainian letter ge with upturn
    # Apostrophes that Unicode classes as letters, as in names of Hawaii.
    **dict.fromkeys("\u02b9\u02bb\u02bc\u02be\u02bf", "'"),
    # Arabic: the wasla, teh marbuta, alef maqsura, Persian and Urdu forms of kaf, yeh and heh.
    "\u0671": "\u0627",
    **dict.fromkeys("\u0649\u06cc", "\u064a"),
    "\u06a9": "\u0643",
    **dict.fromkeys("\u0629\u06c1\u06c3\u06d5", "\u0647"),
    # Arabic and Persian digits.
    **{chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)},
    # Katakana as Hiragana.
    **{chr(kana): chr(kana - 0x60) for kana in range(0x30A1, 0x30F7)},
}
"""Letters that do not decompose, each with the letters that it is compared as."""

_UNSPACED = (
    "\\u0E00-\\u0EFF\\u0F00-\\u0FFF\\u1000-\\u109F\\u1780-\\u17FF"  # Thai to Khmer
    "\\u3005-\\u3007\\u3040-\\u30FF\\u31F0-\\u31FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF"
)
"""Letters of languages that are written without spaces."""

_IS_MARK = re.compile(f"[{MARKS}]")
_TRANSLATED = str.maketrans(LETTERS)
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


def fold(text: str) -> str:
    """Return ``text`` in the form that searches compare.

    ``search_fold`` does the same in Postgres.
    """
    if text.isascii():
        return text.lower()
    bare = _IS_MARK.sub("", unicodedata.normalize("NFKD", text))
    return bare.lower().translate(_TRANSLATED)


def is_unspaced(word: str) -> bool:
    """Tell whether ``word`` begins with a letter of a language that is written without spaces."""
    return _IS_UNSPACED.match(word) is not None


def pieces_of(word: str) -> list[str]:
    """Split a folded word into parts whose beginnings are searched for; most words have one part.

    A stored suffix has a limited length, so a longer word is searched for in parts of this length.
    Each part after the first begins where a stored suffix begins: with a letter of a language that
    is written without spaces. If the next such letter does not follow at once, the letters before
    it are not searched for.
    """
    if len(word) <= SUFFIX_LENGTH or not _IS_UNSPACED.search(word):
        return [word]
    begins = [0]
    for found in _IS_UNSPACED.finditer(word, SUFFIX_LENGTH):
        if found.start() >= begins[-1] + SUFFIX_LENGTH:
            begins.append(found.start())
    return [word[begin : begin + SUFFIX_LENGTH] for begin in begins]


_SINGLE = {letter: plain for letter, plain in LETTERS.items() if len(plain) == 1}
_SEVERAL = {letter: plain for letter, plain in LETTERS.items() if len(plain) > 1}


def _replacing(expression: str) -> str:
    for letter, plain in _SEVERAL.items():
        expression = f"replace({expression}, '{letter}', '{plain}')"
    return expression


_FUNCTIONS = """
CREATE OR REPLACE FUNCTION search_fold(folded text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT translate(REPLACED, 'SINGLE', 'PLAIN')
  FROM (
    SELECT lower(regexp_replace(normalize(folded, NFKD), U&'[MARKS]', '', 'g')) AS bare
  ) AS one
);
CREATE OR REPLACE FUNCTION search_suffixes(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT string_agg(substr(word, place, LENGTH), ' ')
  FROM regexp_split_to_table(words, ' +') AS word, generate_series(2, length(word)) AS place
  WHERE word ~ U&'[UNSPACED]' AND substr(word, place, 1) ~ U&'[UNSPACED]'
);
"""
_VALUES = {
    "REPLACED": _replacing("bare"),
    "SINGLE": "".join(_SINGLE),
    "PLAIN": "".join(_SINGLE.values()).replace("'", "''"),
    "MARKS": MARKS.replace("\\u", "\\"),
    "LENGTH": str(SUFFIX_LENGTH),
    "UNSPACED": _UNSPACED.replace("\\u", "\\"),
}

DDL = re.sub("|".join(_VALUES), lambda name: _VALUES[name[0]], _FUNCTIONS)
"""SQL for a migration of a service whose texts are searched: creates the functions.

``search_suffixes`` returns the suffixes of the words that are written without spaces, or null.
"""
