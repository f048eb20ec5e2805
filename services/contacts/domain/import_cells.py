"""The optional cells of a row: names, an e-mail address, tags, a time zone.

Each function reads a cell that is not empty. It raises ``ValueError`` with a sentence about what is
wrong.
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
"""What files have between tags."""
STAGED_TAG_SEPARATOR = "\x1f"
"""What rows that are staged have between tags, in which nobody writes it."""
SEVERAL = ":::"
"""What Google Contacts puts between several values in one cell."""
_QUOTED = re.compile(r'"[^"]*"')


def read_name(cell: str) -> str:
    """Return a first or last name."""
    if len(cell) > MAX_NAME_LENGTH:
        raise ValueError(f"The name is longer than {MAX_NAME_LENGTH} characters.")
    return cell


def read_email(cell: str) -> str:
    """Return an e-mail address."""
    try:
        return normalise_email(cell)
    except InvalidEmail as fault:
        raise ValueError(fault.message) from None


def read_tags(cell: str) -> str:
    """Return the tags of a cell, each once, with ``STAGED_TAG_SEPARATOR`` between them."""
    names = tidy_tags(dict.fromkeys(_labels(cell.replace(STAGED_TAG_SEPARATOR, " "))))
    if len(names) > MAX_TAGS:
        raise ValueError(f"There are more than {MAX_TAGS} tags.")
    if any(len(name) > MAX_TAG_LENGTH for name in names):
        raise ValueError(f"A tag is longer than {MAX_TAG_LENGTH} characters.")
    return STAGED_TAG_SEPARATOR.join(names)


def read_time_zone(cell: str) -> str:
    """Return the IANA name of a time zone, however its letters are written."""
    name = time_zone_named(cell)
    if name is None:
        raise ValueError(f"The time zone {NO_TIME_ZONE}.")
    return name


def _labels(cell: str) -> Sequence[str]:
    """Split a cell as address books, customer databases and mailing tools write several tags."""
    listed = _listed(cell)
    if listed is not None:
        return listed
    if SEVERAL in cell or cell.startswith("* "):
        # Of an address book, whose own labels begin with a star.
        return [label for label in map(str.strip, cell.split(SEVERAL)) if label[:1] != "*"]
    lines = cell.splitlines()
    if len(lines) > 1:
        return lines
    outside = _QUOTED.sub("", cell)
    separator = next((one for one in (TAG_SEPARATOR, "|", ",") if one in outside), ",")
    # A separator within quotes is part of a tag.
    return next(csv.reader([cell], delimiter=separator, skipinitialspace=True))


def _listed(cell: str) -> Sequence[str] | None:
    """Read a list as programs write it: ``["VIP", "Gala 2026"]``; None for what is none."""
    if not cell.startswith("["):
        return None
    try:
        labels = json.loads(cell)
    except ValueError:
        return None
    return labels if all(isinstance(label, str) for label in labels) else None
