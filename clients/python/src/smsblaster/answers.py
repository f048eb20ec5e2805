"""Helpers that all methods of the client share: for ids, absent values, responses and pages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from smsblaster.errors import ApiError
from smsblaster.generated.models.problem import Problem
from smsblaster.generated.types import UNSET, Unset

T = TypeVar("T")
Row = TypeVar("Row", covariant=True)

Id = UUID | str
"""An id, as the API returns it or as text."""

PAGE = 100
"""Rows of a page that the client fetches."""


class Page(Protocol[Row]):
    """One page of a list."""

    @property
    def items(self) -> Sequence[Row]:
        """Return the rows."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Return the cursor of the next page, or None on the last page."""
        ...


class Readable(Protocol[Row]):
    """A generated class whose objects are built from JSON objects."""

    def from_dict(self, src_dict: Mapping[str, Any], /) -> Row:
        """Return an object of this class with the values of ``src_dict``."""
        ...


def given(value: T | None) -> T | Unset:
    """Return a value as requests contain it: None becomes ``UNSET``, which is left out."""
    return UNSET if value is None else value


def id_of(value: Id) -> UUID:
    """Return an id as a UUID. The id may be given as text.

    Raises:
        ApiError: The text is not an id.
    """
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError:
        raise ApiError("invalid_request", f"{value!r} is not an id. Ids are UUIDs.") from None


def optional_id(value: Id | None) -> UUID | Unset:
    """Return an id as a UUID, or ``UNSET`` if the id is None."""
    return UNSET if value is None else id_of(value)


def object_of(kind: Readable[T], values: Mapping[str, Any] | None) -> T | Unset:
    """Return a ``kind`` object with the caller's own keys, such as metadata. ``UNSET`` for None."""
    return UNSET if values is None else kind.from_dict(values)


def answer(parsed: T | Problem | None) -> T:
    """Return the response that a generated function has parsed.

    Raises:
        ApiError: The response has a form that the API document does not describe.
    """
    if parsed is None or isinstance(parsed, Problem):
        raise ApiError(
            "unexpected_response", "The API responded in a form that this client does not know."
        )
    return parsed


def pages(fetch: Callable[[str | Unset], Page[T]]) -> Iterator[T]:
    """Yield the rows of all pages. A page is fetched when its first row is needed."""
    page = fetch(UNSET)
    yield from page.items
    while page.next_cursor:
        page = fetch(page.next_cursor)
        yield from page.items
