"""Read the optional cells of a row: names, email address, tags and time zone.

Each function reads a non-empty cell. It raises ``ValueError`` with a message for the user.
"""

import csv
import json
import re
from collections.abc import Sequence

from servicekit.emails import InvalidEmail, normalise_email
from servicekit.time_zones import time_zone_named
from services.contacts.domain.contacts import (
    MAX_NAME_LENGTH,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    NO_TIME_ZONE,
    tidy_tags,
)

TAG_SEPARATOR = ";"
"""The separator of tags in files."""
STAGED_TAG_SEPARATOR = "\x1f"
"""The separator of tags in the rows that are copied to the database. People don't type it."""
SEVERAL = ":::"
"""The separator of several values in one cell in Google Contacts."""
_QUOTED = re.compile(r'"[^"]*"')


def read_name(cell: str) -> str:
    """Return a first or last name."""
    if len(cell) > MAX_NAME_LENGTH:
        raise ValueError(f"The name is longer than {MAX_NAME_LENGTH} characters.")
    return cell


def read_email(cell: str) -> str:
    """Return an email address."""
    try:
        return normalise_email(cell)
    except InvalidEmail as fault:
        raise ValueError(fault.message) from None


def read_tags(cell: str) -> str:
    """Return the distinct tags of a cell, separated by ``STAGED_TAG_SEPARATOR``."""
    names = tidy_tags(dict.fromkeys(_labels(cell.replace(STAGED_TAG_SEPARATOR, " "))))
    if len(names) > MAX_TAGS:
        raise ValueError(f"There are more than {MAX_TAGS} tags.")
    if any(len(name) > MAX_TAG_LENGTH for name in names):
        raise ValueError(f"A tag is longer than {MAX_TAG_LENGTH} characters.")
    return STAGED_TAG_SEPARATOR.join(names)


def read_time_zone(cell: str) -> str:
    """Return the IANA name of a time zone, whatever its case."""
    name = time_zone_named(cell)
    if name is None:
        raise ValueError(f"The time zone {NO_TIME_ZONE}.")
    return name


def _labels(cell: str) -> Sequence[str]:
    """Split a cell with several tags, as address books and mailing tools write them."""
    listed = _listed(cell)
    if listed is not None:
        return listed
    if SEVERAL in cell or cell.startswith("* "):
        # From Google Contacts, whose built-in labels begin with a star.
        return [label for label in map(str.strip, cell.split(SEVERAL)) if label[:1] != "*"]
    lines = cell.splitlines()
    if len(lines) > 1:
        return lines
    outside = _QUOTED.sub("", cell)
    separator = next((one for one in (TAG_SEPARATOR, "|", ",") if one in outside), ",")
    # A separator inside quotes is part of a tag.
    return next(csv.reader([cell], delimiter=separator, skipinitialspace=True))


def _listed(cell: str) -> Sequence[str] | None:
    """Read a JSON list such as ``["VIP", "Gala 2026"]``, or return None for other text."""
    if not cell.startswith("["):
        return None
    try:
        labels = json.loads(cell)
    except ValueError:
        return None
    return labels if all(isinstance(label, str) for label in labels) else None
