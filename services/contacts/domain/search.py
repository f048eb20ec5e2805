"""Turn a search text into a query over the search words of contacts.

The search words (``contact_search.words``, see the migration) of a contact are: every word of its
names and of the part before the ``@`` of its email address; the address's domain and parent
domain; of its phone number the country code with ``+``, the national number, and all digits in
reverse after ``~``. Each word is folded (``servicekit/folding.py``) and begins with a key, which
consists of the key of the organisation and the key of the contact's part (see the migration of
search parts).
"""

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from servicekit.errors import InvalidInput
from servicekit.folding import fold, pieces_of
from servicekit.phones import canonical
from services.contacts.domain.contacts import ContactFilter

# NFKD turns all other kinds of spaces into plain spaces, except the last three.
_SEPARATORS = str.maketrans(
    dict.fromkeys(" .,;:!?*_'\"()<>[]{}|\\/&+-@\u2018\u2019\t\n\r\u1680\u2028\u2029", " ")
)
_DIALLED = re.compile(r"\+?[0-9][0-9 ().\-/]*")
_NOT_DIGITS = re.compile(r"[^0-9]")
_MIN_DIGITS = 3
# Placeholder for the key; people don't type it.
_KEY = "\x01"
_MIN_WHOLE_NUMBER = 7
_ONE_DIGIT_CODES = ("1", "7")
# Country codes of two digits; all others have one or three. Source: ITU-T E.164, list of codes.
_TWO_DIGIT_CODES = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def asks_for_words(text: str) -> bool:
    """Return whether ``text`` has any word or number to search for."""
    return bool(_query(text))


def searches_of(filters: ContactFilter) -> tuple[str, ...]:
    """Return the texts that a filter searches for. A contact must match all of them."""
    return tuple(part.search for part in filters.parts if asks_for_words(part.search))


def require_words(text: str) -> None:
    """Raise ``InvalidInput`` for a text of punctuation only, which would match all contacts.

    An empty text means that there is no search, and is allowed.
    """
    if text.strip() and not asks_for_words(text):
        raise InvalidInput.of(
            "search", "has no word or number to search for", "nothing_to_search_for"
        )


def to_tsquery(org_id: UUID, text: str, parts: Iterable[int]) -> str:
    """Return the ``tsquery`` for contacts in ``parts`` that match every word of ``text``.

    A word matches by its beginning. A phone number matches by its beginning, with or without
    country code, and by its last digits. The query is empty if there is nothing to search for.
    """
    query = _query(text)
    if not query:
        return ""
    org_key = str(org_id)[-8:]
    return " | ".join(f"({query.replace(_KEY, f'{org_key}{part:04x}')})" for part in parts)


def _query(text: str) -> str:
    """Return the ``tsquery`` with the placeholder ``_KEY`` before each word."""
    text = text.replace(_KEY, " ").strip()
    query, before = _query_of(fold(text)), _query_of(_fold_before(text))
    return query if query == before else f"{query} | {before}"


def _query_of(folded: str) -> str:
    if _is_phone(folded):
        return _phone(_KEY, folded)
    terms = [_phone_or_word(_KEY, word) for word in folded.split()]
    return " & ".join(f"({term})" for term in terms if term)


def _fold_before(text: str) -> str:
    """Fold ``text`` with the old algorithm (version 1).

    A search for the result finds contacts whose search words were not updated to the new algorithm
    yet.
    """
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
    """Return the query for words that begin with ``word``.

    A word with punctuation is searched for by its parts or as an email address.
    """
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
