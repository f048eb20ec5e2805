"""Split a cell with several tags, as address books, mailing tools and databases write them."""

import csv
import json
import re
from collections.abc import Sequence

TAG_SEPARATOR = ";"
"""The separator of tags in exported files."""
SEVERAL = ":::"
"""The separator of several values in one cell in Google Contacts."""
# The semicolon and the comma of other scripts too.
_SEPARATORS = (TAG_SEPARATOR, "\uff1b", "|", ",", "\uff0c", "\u3001", "\u060c", "\t")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ;_.-]*")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# "VIP" "Gala 2026"
_ONLY_QUOTED = re.compile(r'"[^"]+"(?:\s+"[^"]+")+')
# Google's own groups, which are no labels of a person.
_SYSTEM_LABEL = re.compile(r"\* ?(?:my ?contacts|starred|friends|family|coworkers)", re.IGNORECASE)


def labels_of(cell: str) -> Sequence[str]:
    """Return the tags of a cell, which may be empty.

    Raises:
        ValueError: the cell is a list of something else than texts. The message is for the user.
    """
    if _PLAIN.fullmatch(cell):  # most cells
        return cell.split(TAG_SEPARATOR)
    listed = _listed(cell)
    if listed is not None:
        return listed
    outside = _QUOTED.sub("", cell)
    if SEVERAL in outside or _SYSTEM_LABEL.fullmatch(cell):
        # From Google Contacts, whose built-in labels begin with a star.
        return [label for label in map(str.strip, cell.split(SEVERAL)) if label[:1] != "*"]
    lines = cell.splitlines()
    if len(lines) > 1:
        return lines
    if _ONLY_QUOTED.fullmatch(cell):
        return [label[1:-1] for label in _QUOTED.findall(cell)]
    separator = next((one for one in _SEPARATORS if one in outside), ",")
    # A separator inside quotes is part of a tag.
    return next(csv.reader([cell], delimiter=separator, skipinitialspace=True))


def _listed(cell: str) -> Sequence[str] | None:
    """Read a list such as ``["VIP", "Gala 2026"]`` or ``{VIP,"Gala 2026"}``.

    Returns None if the cell is not such a list.
    """
    if (cell[:1], cell[-1:]) not in (("[", "]"), ("{", "}")):
        return None
    try:
        labels = json.loads(cell)
    except ValueError:
        return _of_other_notation(cell)
    named = [_name_in(label) for label in labels] if isinstance(labels, list) else []
    if (not named and labels) or None in named:
        raise ValueError("The list of tags can't be read. Separate tags with semicolons.")
    return [name for name in named if name is not None]


def _name_in(label: object) -> str | None:
    """Return the tag in an item of a JSON list: the text itself, or the name in an object."""
    if isinstance(label, dict):
        label = label.get("name", label.get("label"))
    return str(label) if isinstance(label, str | int) else None


def _of_other_notation(cell: str) -> Sequence[str] | None:
    """Read a list in the notation of Python or Postgres.

    Returns None if the cell is not such a list.

    A single tag in brackets stays as it is.
    """
    inner = cell[1:-1]
    if not inner.strip():
        return []
    quote = "'" if inner.lstrip()[0] == "'" else '"'
    if "," not in inner and not (inner[0] == inner[-1] == quote):
        return None
    return next(csv.reader([inner], quotechar=quote, skipinitialspace=True))
