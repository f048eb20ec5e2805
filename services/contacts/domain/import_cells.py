"""Read the optional cells of a row: names, email address, tags and time zone.

Each function reads a non-empty cell. It raises ``ValueError`` with a message for the user, or
``PartlyRead`` if a part of the cell could be read.
"""

import re

from servicekit.emails import InvalidEmail, normalise_email
from servicekit.time_zones import NOT_A_TIME_ZONE, time_zone_named
from services.contacts.domain.contacts import (
    MAX_NAME_LENGTH,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    tidy_tags,
)
from services.contacts.domain.import_tags import SEVERAL, labels_of
from services.contacts.domain.word_lists import words_of

STAGED_TAG_SEPARATOR = "\x1f"
"""The separator of tags in staged rows. People don't type it."""
_GARBLED = "The letters are garbled. Save the file as “CSV UTF-8” and import it again."
# What people and tools write for a name that they don't have.
_NO_NAMES = words_of("- -- . ? n/a N/A #N/A nan NaN null NULL none undefined (none) (empty)")
# "Ada Lovelace <ada@example.org>", as mail programs write addresses.
_WITH_NAME = re.compile(r"[^<>]*<([^<>\s]+)>")
_OTHER_SPACES = re.compile(r"[^\S \t\r\n]")
_ADDRESS_SEPARATORS = re.compile(rf"{SEVERAL}|[;,|\s]+")


class PartlyRead(ValueError):
    """Only a part of a cell can be imported. ``value`` is the part that can."""

    def __init__(self, value: str, message: str) -> None:
        super().__init__(message)
        self.value = value


def several_of(cell: str) -> list[str]:
    """Return the values of a cell that has several values, as Google Contacts exports them."""
    if SEVERAL not in cell:
        return [cell]
    return [part for part in map(str.strip, cell.split(SEVERAL)) if part] or [cell]


def read_name(cell: str) -> str:
    """Return a first or last name. All its spaces become plain spaces.

    Other spaces would need a more expensive encoding in a message.
    """
    _require_letters(cell)
    name = cell if cell.isascii() else _OTHER_SPACES.sub(" ", cell)
    if name in _NO_NAMES:
        raise ValueError("This is not a name.")
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"The name is longer than {MAX_NAME_LENGTH} characters.")
    return name


def read_email(cell: str) -> str:
    """Return an email address, the first one if there are several."""
    try:
        return normalise_email(cell if cell[0] != "'" else cell[1:])
    except InvalidEmail:
        return _first_address(cell.lstrip("'").removeprefix("mailto:"))


def _first_address(cell: str) -> str:
    whole = cell.rstrip(";, ")
    named = _WITH_NAME.fullmatch(whole)
    if named:
        whole = named[1]
    parts = [part for part in _ADDRESS_SEPARATORS.split(whole) if part] or [cell]
    try:
        found = list(dict.fromkeys(map(normalise_email, parts)))
    except InvalidEmail as fault:
        raise ValueError(fault.message) from None
    if len(found) == 1:
        return found[0]
    message = f"There are {len(found)} email addresses. Only the first one was imported."
    raise PartlyRead(found[0], message)


def read_tags(cell: str) -> str:
    """Return the distinct tags of a cell, separated by ``STAGED_TAG_SEPARATOR``."""
    _require_letters(cell)
    names = tidy_tags(dict.fromkeys(labels_of(cell.replace(STAGED_TAG_SEPARATOR, " "))))
    good = [name for name in names if len(name) <= MAX_TAG_LENGTH][:MAX_TAGS]
    value = STAGED_TAG_SEPARATOR.join(good)
    if any(len(name) > MAX_TAG_LENGTH for name in names):
        message = f"Tags with more than {MAX_TAG_LENGTH} characters were left out."
        raise PartlyRead(value, message)
    if len(names) > MAX_TAGS:
        raise PartlyRead(value, f"Only the first {MAX_TAGS} tags were imported.")
    return value


def read_time_zone(cell: str) -> str:
    """Return the IANA name of a time zone. The cell may write it in any case."""
    name = time_zone_named(cell.lstrip("'"))
    if name is None:
        raise ValueError(f"The time zone {NOT_A_TIME_ZONE}.")
    return name


def _require_letters(cell: str) -> None:
    """Raise ``ValueError`` if letters of ``cell`` were lost, or were read in a wrong encoding."""
    if cell.isascii():
        return
    if "\N{REPLACEMENT CHARACTER}" in cell:
        raise ValueError(_GARBLED)
    try:
        cell.encode("cp1252").decode()
    except UnicodeError:
        return
    # UTF-8 that was read as Windows-1252, such as "JosÃ©".
    raise ValueError(_GARBLED)
