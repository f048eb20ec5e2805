"""Pages of a list: they follow each other, and a cursor is good for its own list alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from servicekit.cursors import CursorCodec
from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from servicekit.rpc.pages import id_of, page_of, parts_of

CURSORS = CursorCodec(b"k" * 32)
ORG = uuid4()


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    name: str


ROWS = [Row(new_id(), f"contact {n}") for n in reversed(range(7))]


def read(limit: int, before: UUID | None) -> Sequence[Row]:
    """One row more than a page, as storage reads them."""
    older = [row for row in ROWS if before is None or ROWS.index(row) > position(before)]
    return older[: limit + 1]


def position(row_id: UUID) -> int:
    return [row.id for row in ROWS].index(row_id)


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_follow_each_other_without_gap_or_repeat(limit: int) -> None:
    seen: list[Row] = []
    cursor: str | None = ""
    while cursor is not None:
        rows, cursor = page_of(CURSORS, ORG, read(limit, id_of(CURSORS, ORG, cursor)), limit)
        assert 0 < len(rows) <= limit
        seen += rows
    assert seen == ROWS


def test_a_list_may_be_sorted_by_more_than_the_id() -> None:
    _, cursor = page_of(CURSORS, ORG, ROWS[:2], 1, ("name", "id"))
    assert parts_of(CURSORS, ORG, cursor or "", 2) == (ROWS[0].name, str(ROWS[0].id))


def test_an_empty_cursor_is_the_beginning() -> None:
    assert id_of(CURSORS, ORG, "") is None
    assert parts_of(CURSORS, ORG, "", 2) == ()


def test_a_cursor_of_another_list_organisation_or_making_is_refused() -> None:
    _, cursor = page_of(CURSORS, ORG, ROWS, 1)
    _, of_two = page_of(CURSORS, ORG, ROWS, 1, ("name", "id"))
    assert cursor
    assert of_two
    for org, bad in ((uuid4(), cursor), (ORG, of_two), (ORG, cursor + "A"), (ORG, "nonsense")):
        with pytest.raises(InvalidInput) as refusal:
            id_of(CURSORS, org, bad)
        assert [fault.field for fault in refusal.value.fields] == ["cursor"]
