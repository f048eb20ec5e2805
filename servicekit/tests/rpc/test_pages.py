"""Pages of a list contain every row once, and a cursor works only for its own list."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from servicekit.cursors import CursorCodec
from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from servicekit.rpc.pages import PageRequest

CURSORS = CursorCodec(b"k" * 32)
ORG = uuid4()


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    name: str


@dataclass
class Request:
    cursor: str = ""
    limit: int = 0


ROWS = [Row(new_id(), f"contact {n}") for n in reversed(range(7))]


def read(page: PageRequest) -> Sequence[Row]:
    """Read rows as storage does: those after the previous page, and one more than fits."""
    start = [row.id for row in ROWS].index(page.last_id) + 1 if page.last_id else 0
    return ROWS[start : start + page.rows_to_read]


@pytest.mark.parametrize("limit", range(1, 9))
def test_the_pages_of_a_list_contain_each_row_exactly_once(limit: int) -> None:
    seen: list[Row] = []
    cursor: str | None = ""
    while cursor is not None:
        page = PageRequest(CURSORS, ORG, Request(cursor, limit))
        rows, cursor = page.split(read(page))
        assert 0 < len(rows) <= limit
        seen += rows
    assert seen == ROWS


def test_a_list_can_be_sorted_by_several_columns() -> None:
    columns = ("name", "id")
    _, cursor = PageRequest(CURSORS, ORG, Request(limit=1), columns).split(ROWS[:2])
    following = PageRequest(CURSORS, ORG, Request(cursor or ""), columns)
    assert following.position == (ROWS[0].name, str(ROWS[0].id))
    assert following.last_id == ROWS[0].id


def test_a_request_without_a_limit_returns_the_first_fifty_rows() -> None:
    page = PageRequest(CURSORS, ORG, Request())
    assert page.position == ()
    assert page.last_id is None
    assert page.rows_to_read == 50 + 1


def test_a_cursor_of_another_list_or_organisation_is_refused() -> None:
    _, cursor = PageRequest(CURSORS, ORG, Request(limit=1)).split(ROWS)
    _, of_two = PageRequest(CURSORS, ORG, Request(limit=1), ("name", "id")).split(ROWS)
    assert cursor
    assert of_two
    for org, bad in ((uuid4(), cursor), (ORG, of_two), (ORG, cursor + "A"), (ORG, "nonsense")):
        with pytest.raises(InvalidInput) as refusal:
            PageRequest(CURSORS, org, Request(bad))
        assert [fault.field for fault in refusal.value.fields] == ["cursor"]
