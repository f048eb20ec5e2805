"""Rows and their line numbers don't depend on how a file is cut into pieces."""

import csv
from io import StringIO
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidInput
from services.contacts.domain.csv_rows import CsvLimits, CsvRows, Row

LIMITS = CsvLimits(max_bytes=1_000_000, max_rows=10_000, max_columns=50)

cells = st.text(st.sampled_from('ab,;"\n\r é€'), max_size=6)
tables = st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8)


def rows_of(file: bytes, sizes: list[int]) -> list[Row]:
    """Read the rows of ``file``, cut into pieces whose lengths are ``sizes``, again and again."""
    reader = CsvRows(LIMITS)
    rows, start, turn = [], 0, 0
    while start < len(file):
        rows += reader.feed(file[start : start + sizes[turn % len(sizes)]])
        start += sizes[turn % len(sizes)]
        turn += 1
    return rows + reader.feed(b"", last=True)


@given(
    table=tables,
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    # With other line ends the csv writer does not quote all line ends in cells.
    style=st.sampled_from(
        [("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_file_written_by_pythons_csv_module_is_parsed_to_the_same_cells(
    table: list[list[str]], sizes: list[int], style: tuple[str, Literal[0, 1]], encoding: str
) -> None:
    # A plain first line, like a header, determines the delimiter.
    whole = [["phone", "name", "more"], *table]
    text = StringIO(newline="")
    csv.writer(text, lineterminator=style[0], quoting=style[1]).writerows(whole)
    rows = rows_of(text.getvalue().encode(encoding), sizes)
    assert [cells for _, cells in rows] == whole


@given(table=tables, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_each_row_has_the_number_of_the_line_on_which_it_begins(
    table: list[list[str]], sizes: list[int]
) -> None:
    text = StringIO(newline="")
    writer = csv.writer(text)
    begins = []
    for row in [["phone", "name", "more"], *table]:
        begins.append(len((text.getvalue().replace("\r\n", "\n").replace("\r", "\n")).split("\n")))
        writer.writerow(row)
    assert [line for line, _ in rows_of(text.getvalue().encode(), sizes)] == begins


@given(file=st.binary(max_size=200), sizes=st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_any_bytes_are_either_parsed_as_rows_or_refused_with_an_error(
    file: bytes, sizes: list[int]
) -> None:
    try:
        rows = rows_of(file, sizes)
    except InvalidInput:
        return
    assert [line for line, _ in rows] == sorted({line for line, _ in rows})


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_a_delimiter_given_in_the_first_line_of_a_file_is_used(delimiter: str) -> None:
    file = delimiter.join(["phone", "first name", "email"]) + "\n" + delimiter.join("abc")
    assert rows_of(file.encode(), [5])[1] == (2, ["a", "b", "c"])
