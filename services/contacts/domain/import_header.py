"""Find the header row of a file. Some tools write titles, dates and blank lines before it."""

from collections.abc import Mapping, Sequence

from services.contacts.domain.csv_rows import Row
from services.contacts.domain.import_columns import suggest
from services.contacts.domain.import_text import readable

HEAD_ROWS = 20
"""How many rows are searched for the header."""


class Header:
    """Finds the header of a file, using the client's ``mapping`` if there is one."""

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        names = headings_of(list(mapping or ()))
        self.mapping = dict(zip(names, (mapping or {}).values(), strict=True))
        self._mapped = frozenset(names)

    def known_headings(self, cells: Sequence[str]) -> int:
        """Count the cells that are headings: those in the mapping, or else known names."""
        headings = headings_of(cells)
        return len(self._mapped.intersection(headings)) or len(suggest(headings))

    def find(self, rows: Sequence[Row]) -> int:
        """Return the index of the header: the first row that has all required headings.

        All headings of the mapping are required or, if there is no mapping, one for the phone
        number. If no row has the required headings, the first row is the header. Returns
        ``len(rows)`` if there are no rows.
        """
        first = len(rows)
        for index, (_, cells) in enumerate(rows):
            if not names_delimiter(cells):
                first = min(first, index)
                if self._is_complete(headings_of(cells)):
                    return index
        return first

    def _is_complete(self, headings: Sequence[str]) -> bool:
        if self._mapped:
            return self._mapped <= set(headings)
        return "phone" in suggest(headings).values()


def headings_of(cells: Sequence[str]) -> list[str]:
    """Return the cells as headings: cleaned up and without line breaks."""
    return [" ".join(readable(cell).split()) for cell in cells]


def names_delimiter(cells: Sequence[str]) -> bool:
    """Return whether a row is the line ``sep=;``, with which spreadsheets name the delimiter."""
    return cells[0].strip().lower() == "sep=" and not any(cells[1:])
