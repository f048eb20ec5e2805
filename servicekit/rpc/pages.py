"""Read lists page by page: the size of a page, where it starts, and the cursor of the next."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from servicekit.cursors import BadCursor, CursorCodec
from servicekit.errors import InvalidInput

DEFAULT_LIMIT = 50
"""Rows of a page if the request sets no limit."""

_BAD = "is not a cursor of this list; omit it to start from the beginning"

Row = TypeVar("Row")


class ListRequest(Protocol):
    """A request message for one page of a list."""

    limit: int
    cursor: str


class PageRequest:
    """The page of a list that a request asks for.

    Args:
        cursors: Encodes and decodes the cursor.
        org_id: The organisation that the cursor is bound to.
        request: The request message.
        columns: The sort key of the list. Its values in the last row of a page are the cursor.

    Raises:
        InvalidInput: The cursor is forged, or belongs to another list or organisation.
    """

    def __init__(
        self,
        cursors: CursorCodec,
        org_id: UUID,
        request: ListRequest,
        columns: Sequence[str] = ("id",),
    ) -> None:
        self._cursors = cursors
        self._org_id = org_id
        self._columns = columns
        self._limit = request.limit or DEFAULT_LIMIT
        self.position = decode_position(cursors, org_id, request.cursor, len(columns))

    @property
    def rows_to_read(self) -> int:
        """The size of a page plus one. If there is one row more, there is a next page."""
        return self._limit + 1

    @property
    def last_id(self) -> UUID | None:
        """The id of the last row of the previous page; None for the first page."""
        return UUID(self.position[-1]) if self.position else None

    def split(self, rows: Sequence[Row]) -> tuple[Sequence[Row], str | None]:
        """Return the rows of the page and the cursor of the next page, None on the last page.

        `rows` are up to `rows_to_read` rows from the start of the page.
        """
        if len(rows) <= self._limit:
            return rows, None
        last = rows[self._limit - 1]
        parts = (_cursor_part(getattr(last, column)) for column in self._columns)
        return rows[: self._limit], self._cursors.encode(self._org_id, *parts)


def decode_position(cursors: CursorCodec, org_id: UUID, cursor: str, count: int) -> tuple[str, ...]:
    """Return the `count` parts of `cursor`, or an empty tuple for an empty cursor.

    Raises:
        InvalidInput: The cursor is forged, or belongs to another list or organisation.
    """
    if not cursor:
        return ()
    try:
        parts = cursors.decode(org_id, cursor)
    except BadCursor:
        raise bad_cursor() from None
    if len(parts) != count:
        raise bad_cursor()
    return parts


def bad_cursor() -> InvalidInput:
    """Return the error for a cursor that does not belong to the list."""
    return InvalidInput.of("cursor", _BAD)


def _cursor_part(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
