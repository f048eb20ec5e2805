"""Pages of lists that are sorted by id, newest first."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from servicekit.cursors import BadCursor, CursorCodec
from servicekit.errors import InvalidInput

AnyRow = TypeVar("AnyRow")

_BAD = "is not a cursor of this list; leave it out to start from the beginning"


def id_of(cursors: CursorCodec, org_id: UUID, cursor: str) -> UUID | None:
    """The id that ``cursor`` stands for; None for an empty one.

    Raises ``InvalidInput`` for one that is forged or another organisation's.
    """
    parts = parts_of(cursors, org_id, cursor, 1)
    return UUID(parts[0]) if parts else None


def parts_of(cursors: CursorCodec, org_id: UUID, cursor: str, count: int) -> tuple[str, ...]:
    """The ``count`` parts of ``cursor``; nothing for an empty one. Raises ``InvalidInput``."""
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
    """The error for a cursor that is not one of the list's."""
    return InvalidInput.of("cursor", _BAD)


def page_of(
    cursors: CursorCodec,
    org_id: UUID,
    rows: Sequence[AnyRow],
    limit: int,
    columns: Sequence[str] = ("id",),
) -> tuple[Sequence[AnyRow], str | None]:
    """Return the first ``limit`` of ``rows`` and the cursor of the next page.

    ``rows``, mappings or dataclasses, were read with one more than ``limit``, which tells whether
    there is a next page.
    """
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], cursors.encode(org_id, *(_written(last, name) for name in columns))


def _written(row: object, column: str) -> str:
    value = row[column] if isinstance(row, Mapping) else getattr(row, column)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
