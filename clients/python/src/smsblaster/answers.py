"""What the methods of the client share: ids, absent values, answers and pages."""

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
        """Return where the next page begins, or None at the end."""
        ...


class Readable(Protocol[Row]):
    """A generated class that reads an object of JSON."""

    def from_dict(self, src_dict: Mapping[str, Any], /) -> Row:
        """Return the object."""
        ...


def given(value: T | None) -> T | Unset:
    """Return the value for a request. None stands for an absent one."""
    return UNSET if value is None else value


def id_of(value: Id) -> UUID:
    """Return an id that was given as text.

    Raises:
        ApiError: The text is not an id.
    """
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError:
        raise ApiError("invalid_request", f"{value!r} is not an id. Ids are UUIDs.") from None


def optional_id(value: Id | None) -> UUID | Unset:
    """Return an id that may be absent."""
    return UNSET if value is None else id_of(value)


def object_of(kind: Readable[T], values: Mapping[str, Any] | None) -> T | Unset:
    """Return an object with keys of the caller's own, such as metadata."""
    return UNSET if values is None else kind.from_dict(values)


def answer(parsed: T | Problem | None) -> T:
    """Return what a generated function has parsed.

    Raises:
        ApiError: The response has a form that the API's document does not have.
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
