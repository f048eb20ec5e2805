"""Apostrophes around the cells of a file, with which programs mark cells as text."""

from collections.abc import Sequence

_MARK = "'"
_FEWEST_ROWS = 3


def quotes_of(header: Sequence[str], samples: Sequence[Sequence[str]]) -> str:
    """Return which apostrophes all cells have: ``''`` around, ``'`` only before, or an empty text.

    The header decides. If it has none, at least three rows with several cells must agree, because
    some names begin with an apostrophe.
    """
    names = [cell for cell in map(str.strip, header) if cell]
    used = any(cell.startswith(_MARK) for cells in samples for cell in cells)
    if used and names and all(name.startswith(_MARK) for name in names):
        around = all(len(name) > 1 and name.endswith(_MARK) for name in names)
        return 2 * _MARK if around else _MARK
    rows = [[cell for cell in map(str.strip, cells) if cell] for cells in samples]
    marked = [len(cells) > 1 and all(cell.startswith(_MARK) for cell in cells) for cells in rows]
    return _MARK if len(rows) >= _FEWEST_ROWS and all(marked) else ""


def unquoted(cells: Sequence[str], quotes: str) -> list[str]:
    """Return cells without the apostrophes of their file.

    ``quotes`` is what ``quotes_of`` returned.
    """
    bare = [cell.strip().removeprefix(_MARK) for cell in cells]
    return [cell.removesuffix(_MARK) for cell in bare] if len(quotes) > 1 else bare
