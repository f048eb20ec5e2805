"""Write rows as CSV that a spreadsheet opens without running formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n", "\r")


def csv_block(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV. None is an empty cell.

    An apostrophe is added before a text that a spreadsheet would run as a formula.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.lstrip("'").startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value
