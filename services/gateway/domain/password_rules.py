"""Refuse new passwords that are easy to guess.

The contract has the rule about the length. Here passwords are compared with the most common ones,
which are in a package, and with the words of the account. No digits or special characters are
required: they make passwords harder to remember and not harder to guess (NIST SP 800-63B).
"""

import re
from collections.abc import Iterable

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from servicekit.errors import InvalidInput

_COMMON = frozenset(FREQUENCY_LISTS["passwords"])
_PLATFORM = "smsblaster"
_SHORTEST_WORD = 3
_FEWEST_DIFFERENT = 5
# A common password, or a word of the account, is accepted with this many further characters.
_ENOUGH_MORE = 8
_NO_LETTERS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def check_new_password(field: str, password: str, about: Iterable[str]) -> None:
    """Refuse a password that is easy to guess.

    Args:
        field: The request's field, which the error names.
        password: The new password.
        about: What others know about the user: email address, name and organisation.

    Raises:
        InvalidInput: weak_password.
    """
    text = password.casefold()
    if _is_common(text):
        raise _weak(field, "is one of the most common passwords. Choose another one")
    if _is_from_words(text, about):
        raise _weak(field, "is too close to your name, address or organisation. Choose another one")


def _is_common(text: str) -> bool:
    core = _NO_LETTERS.sub("", text)
    is_padded = core in _COMMON and len(text) - len(core) < _ENOUGH_MORE
    return text in _COMMON or is_padded or len(set(text)) < _FEWEST_DIFFERENT


def _is_from_words(text: str, about: Iterable[str]) -> bool:
    """Return whether `text` consists almost only of the words in `about`."""
    words = {word for known in about for word in _BETWEEN_WORDS.split(known.casefold())}
    left = text
    for word in sorted({*words, _PLATFORM}, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            left = left.replace(word, "")
    return left != text and len(_BETWEEN_WORDS.sub("", left)) < _ENOUGH_MORE


def _weak(field: str, advice: str) -> InvalidInput:
    return InvalidInput.of(field, advice, "weak_password")
