"""Which row of a file is its header: tools write titles, dates and blank lines before it."""

from collections.abc import Mapping, Sequence

from services.contacts.domain.csv_rows import Row
from services.contacts.domain.import_columns import suggest
from services.contacts.domain.import_text import readable

HEAD_ROWS = 20
"""The header is looked for in so many rows."""


class Header:
    """Finds the header of a file whose columns are mapped by ``mapping``, if one is given."""

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        names = headings_of(list(mapping or ()))
        self.mapping = dict(zip(names, (mapping or {}).values(), strict=True))
        self._mapped = frozenset(names)

    def known_headings(self, cells: Sequence[str]) -> int:
        """Count the cells that are headings: those that are mapped, or whose names are known."""
        headings = headings_of(cells)
        return len(self._mapped.intersection(headings)) or len(suggest(headings))

    def find(self, rows: Sequence[Row]) -> int:
        """Return the index of the header: the first row that holds every heading that is needed.

        That is all that are mapped, else one of a phone number. Where no row does, it is the first
        one; the number of rows where there is none.
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
    """Return the headings of a header, each on one line and without marks that nobody sees."""
    return [" ".join(readable(cell).split()) for cell in cells]


def names_delimiter(cells: Sequence[str]) -> bool:
    """Whether a row is the line ``sep=;`` that spreadsheets write, and no row."""
    return cells[0].strip().lower() == "sep=" and not any(cells[1:])
