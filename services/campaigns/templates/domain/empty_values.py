"""Join the texts around a placeholder that has no value, as in "Hi {{firstName}}, see you"."""

import re

# Punctuation that belongs to the words before it, in Western, Chinese, Japanese and Arabic texts.
_COMMAS = ",\u060c\u3001\uff0c"
_CLOSING = f"{_COMMAS}.!?;:)\u2026\u3002\uff01\uff1f\uff1b\uff1a\u061b\u061f\u2014\u2013"
_SPACES = " \u00a0\u202f\u3000\t"
_BLANK = f"{_SPACES}\r\n\u200b\u2060\ufeff"
# Brackets, quotes and stars that would be empty.
_PAIRS = frozenset(
    ["()", "[]", '""', "''", "**", "__", "\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb"]
)
# What belongs to a name: "Ann's", and titles after Japanese and Korean names.
_BELONGING = re.compile(r"(?:['\u2019]s\b|\u69d8|\u3055\u307e|\u3055\u3093|\ub2d8|\uc528)")
_SPACE_BEFORE_COMMA = re.compile(rf"[{_SPACES}]+(?=[{_COMMAS}.])")


def is_blank(value: str) -> bool:
    """Return whether a person would see nothing of `value`."""
    return not value.strip(_BLANK)


def join(before: str, after: str) -> str:
    """Join the texts before and after an empty value, without the punctuation that it needed."""
    belonging = _BELONGING.match(after)
    if belonging:
        after = after[belonging.end() :]
    if before[-1:] + after[:1] in _PAIRS and before[:-1].strip():
        before, after = before[:-1], after[1:]
    if not before.strip():
        return before + after.lstrip(_SPACES + _CLOSING)
    spaces = _SPACE_BEFORE_COMMA.match(after)
    if spaces:
        after = after[spaces.end() :]
    if after and after[0] not in _CLOSING and not after[0].isspace():
        return before + after
    before = before.rstrip(_SPACES)
    if after[:1] in tuple(_CLOSING) or after[:1] in ("\r", "\n"):
        before = before.rstrip(_COMMAS)
    return before + after


def without_last_comma(text: str) -> str:
    """Return a text that ends with an empty value, without the comma before it."""
    return text.rstrip(_SPACES + _COMMAS)
