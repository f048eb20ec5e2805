"""What a search asks for: a query over the words that the database keeps of each contact.

The words (``contact_search.words``, see the migration): every word of the names and of what
stands before the ``@`` of the e-mail address, the address's domain and the one above it, and of
the phone number the country code with ``+``, the national number, and all digits in reverse after
``~``. Each is folded (``servicekit/folding.py``), behind a key: the organisation's, and that of the
part of its contacts that a search looks at (see the migration of search parts).
"""

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from servicekit.errors import InvalidInput
from servicekit.folding import fold, pieces_of
from servicekit.phones import canonical

# Other spaces are plain ones after NFKD, but for the last three.
_SEPARATORS = str.maketrans(
    dict.fromkeys(" .,;:!?*_'\"()<>[]{}|\\/&+-@\u2018\u2019\t\n\r\u1680\u2028\u2029", " ")
)
_DIALLED = re.compile(r"\+?[0-9][0-9 ().\-/]*")
_NOT_DIGITS = re.compile(r"[^0-9]")
_MIN_DIGITS = 3
# Stands for the key until it is known; people do not type it.
_KEY = "\x01"
_MIN_WHOLE_NUMBER = 7
_ONE_DIGIT_CODES = ("1", "7")
# Country codes of two digits; all others have one or three. Source: ITU-T E.164, list of codes.
_TWO_DIGIT_CODES = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def asks_for_words(text: str) -> bool:
    """Whether there is anything in ``text`` to search for."""
    return bool(_query(text))


def require_words(text: str) -> None:
    """Raise ``InvalidInput`` nothing_to_search_for for signs alone: they would find everybody.

    An empty text is no search.
    """
    if text.strip() and not asks_for_words(text):
        raise InvalidInput.of(
            "search", "has no word or number to search for", "nothing_to_search_for"
        )


def to_tsquery(org_id: UUID, text: str, parts: Iterable[int]) -> str:
    """The query, as Postgres writes a ``tsquery``, for contacts that match every word of ``text``.

    It finds contacts of the given parts of the organisation alone. A word matches by its beginning,
    a phone number by its beginning with or without country code and by its last digits. Empty where
    there is nothing to search for.
    """
    query = _query(text)
    if not query:
        return ""
    org_key = str(org_id)[-8:]
    return " | ".join(f"({query.replace(_KEY, f'{org_key}{part:04x}')})" for part in parts)


def _query(text: str) -> str:
    """The query with ``_KEY`` in the place of each key."""
    text = text.replace(_KEY, " ").strip()
    query, before = _query_of(fold(text)), _query_of(_fold_before(text))
    return query if query == before else f"{query} | {before}"


def _query_of(folded: str) -> str:
    if _is_phone(folded):
        return _phone(_KEY, folded)
    terms = [_phone_or_word(_KEY, word) for word in folded.split()]
    return " & ".join(f"({term})" for term in terms if term)


def _fold_before(text: str) -> str:
    """Fold ``text`` as words were before version 2, which contacts have until they are renewed."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
    return bare.lower().replace("\u03c2", "\u03c3")


def _is_phone(text: str) -> bool:
    bare = text.replace("(", "", 1) if text.startswith("(") else text
    if _DIALLED.fullmatch(bare) is None:
        return False
    return bare.startswith("+") or len(_NOT_DIGITS.sub("", bare)) >= _MIN_DIGITS


def _phone_or_word(key: str, word: str) -> str:
    if _is_phone(word):
        return f"{_word(key, word)} | {_phone(key, word)}"
    return _word(key, word)


def _word(key: str, word: str) -> str:
    """A word by its beginning; one with punctuation by its parts, or as an address or domain."""
    parts = word.translate(_SEPARATORS).split()
    if not parts or parts == [word]:
        return _all(key, parts)
    local, _, domain = word.rpartition("@")
    address = [*local.translate(_SEPARATORS).split(), *([domain] if domain else [])]
    return f"{_all(key, address)} | {_all(key, parts)}"


def _phone(key: str, text: str) -> str:
    digits = _NOT_DIGITS.sub("", text)
    if text.startswith("+"):
        begins = _international(key, digits)
        one = _NOT_DIGITS.sub("", canonical(f"+{digits}"))
        return begins if one == digits else f"({begins}) | ({_international(key, one)})"
    alternatives = [_begins(key, f"~{digits[::-1]}")]
    # Many countries dial a 0 before the national number, or 00 before the country code.
    number = digits.lstrip("0")
    if len(number) >= _MIN_DIGITS:
        alternatives += [_begins(key, number), f"({_international(key, number)})"]
    if _MIN_WHOLE_NUMBER <= len(number) < len(digits):
        alternatives.append(_begins(key, f"~{number[::-1]}"))
    return " | ".join(alternatives)


def _international(key: str, digits: str) -> str:
    code = _code_length(digits)
    country = _quoted(f"{key}+{digits[:code]}")
    national = digits[code:]
    return f"{country} & {_begins(key, national)}" if national else country


def _code_length(digits: str) -> int:
    if digits.startswith(_ONE_DIGIT_CODES):
        return 1
    return 2 if _TWO_DIGIT_CODES.match(digits) else 3


def _all(key: str, words: list[str]) -> str:
    return " & ".join(_begins(key, piece) for word in words for piece in pieces_of(word))


def _begins(key: str, word: str) -> str:
    return f"{_quoted(key + word)}:*"


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
