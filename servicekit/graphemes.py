"""User-perceived characters: extended grapheme clusters by the rules of Unicode 10 (UAX #29).

Unicode 10 and not a later version, because Twilio's segment calculator uses it. Marks and control
characters are taken from Python's ``unicodedata``, which is newer, so that scripts added later are
clustered as well.
"""

import re
import unicodedata
from functools import lru_cache


def clusters(text: str) -> list[str]:
    """Cut ``text`` into its grapheme clusters; CR LF counts as two."""
    found: list[str] = []
    for match in _CLUSTERS.finditer(_break_classes(text)):
        piece = text[match.start() : match.end()]
        if match["singles"]:
            found.extend(piece)
        else:
            found.append(piece)
    return found


def has_joins(text: str) -> bool:
    """Tell whether a cluster of ``text`` may have more than one code point."""
    return _JOINS.search(_break_classes(text)) is not None


# One letter per break class; the names in comments are those of UAX #29.
_CODE_POINTS_BY_CLASS = {
    "Z": "200D",  # ZWJ
    "R": "1F1E6-1F1FF",  # Regional_Indicator
    "M": "1F3FB-1F3FF",  # E_Modifier
    "A": "1F466-1F469",  # E_Base_GAZ
    "B": (  # E_Base
        "261D 26F9 270A-270D 1F385 1F3C2-1F3C4 1F3C7 1F3CA-1F3CC 1F442-1F443 1F446-1F450 1F46E "
        "1F470-1F478 1F47C 1F481-1F483 1F485-1F487 1F4AA 1F574-1F575 1F57A 1F590 1F595-1F596 "
        "1F645-1F647 1F64B-1F64F 1F6A3 1F6B4-1F6B6 1F6C0 1F6CC 1F918-1F91C 1F91E-1F91F 1F926 "
        "1F930-1F939 1F93D-1F93E 1F9D1-1F9DD"
    ),
    "G": (  # Glue_After_Zwj
        "2640 2642 2695-2696 2708 2764 1F308 1F33E 1F373 1F393 1F3A4 1F3A8 1F3EB 1F3ED 1F48B "
        "1F4BB-1F4BC 1F527 1F52C 1F5E8 1F680 1F692"
    ),
    "P": "600-605 6DD 70F 8E2 D4E 110BD 111C2-111C3 11A3A 11A86-11A89 11D46",  # Prepend
    "L": "1100-115F A960-A97C",  # Hangul leading consonants
    "V": "1160-11A7 D7B0-D7C6",  # Hangul vowels
    "T": "11A8-11FF D7CB-D7FB",  # Hangul trailing consonants
    "E": (  # Extend, where the general category doesn't say so
        "9BE 9D7 B3E B57 BBE BD7 CC2 CD5-CD6 D3E D57 DCF DDF 200C 302E-302F FF9E-FF9F 1133E "
        "11357 114B0 114BD 115AF 1D165 1D16E-1D172 E0020-E007F"
    ),
    "S": "E33 EB3",  # SpacingMark, where the general category doesn't say so
    "O": (  # Other, although the general category is that of spacing marks
        "102B-102C 1038 1062-1064 1067-106D 1083 1087-108C 108F 109A-109C 1A61 1A63-1A64 AA7B AA7D"
    ),
}
_CLASS_BY_CATEGORY = {
    "Mn": "E",
    "Me": "E",
    "Mc": "S",
    "Cc": "C",
    "Cf": "C",
    "Cs": "C",
    "Zl": "C",
    "Zp": "C",
}
_FIRST_HANGUL_SYLLABLE, _LAST_HANGUL_SYLLABLE, _TRAILING_CONSONANTS = 0xAC00, 0xD7A3, 28

_HANGUL = "L*(?:vV*|t|V+)T*|L+|T+"
_CLUSTERS = re.compile(
    "(?P<singles>[OC]+)(?![ESZ])"  # many clusters in one match, for speed
    rf"|P*(?:[BA]E*M|RR|{_HANGUL}|[^C])"  # GB6-8, GB9b, GB10, GB12-13
    r"(?:[ESZ]|(?<=Z)(?:AE*M|[AG]))*"  # GB9, GB9a, GB11
    r"|C"  # GB4-5
)
_JOINS = re.compile("[ESZMRPLVT]")


def _expanded(code_points: str) -> list[int]:
    """Return the code points of a list such as ``"600-605 6DD"``."""
    ranges = (item.partition("-") for item in code_points.split())
    return [
        code_point
        for first, _, last in ranges
        for code_point in range(int(first, 16), int(last or first, 16) + 1)
    ]


_CLASS_BY_CODE_POINT = {
    code_point: name
    for name, code_points in _CODE_POINTS_BY_CLASS.items()
    for code_point in _expanded(code_points)
}


def _break_classes(text: str) -> str:
    """Return the break class of each code point of ``text``, one letter each."""
    return "".join(map(_break_class, text))


@lru_cache(maxsize=8192)
def _break_class(character: str) -> str:
    code_point = ord(character)
    if _FIRST_HANGUL_SYLLABLE <= code_point <= _LAST_HANGUL_SYLLABLE:
        has_trailing = (code_point - _FIRST_HANGUL_SYLLABLE) % _TRAILING_CONSONANTS
        return "t" if has_trailing else "v"
    named = _CLASS_BY_CODE_POINT.get(code_point)
    return named or _CLASS_BY_CATEGORY.get(unicodedata.category(character), "O")
