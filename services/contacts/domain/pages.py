"""Pages of contacts. A page number reaches up to a limit, and a cursor reaches all contacts."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.errors import InvalidInput

COUNTED = 1000
"""Maximum matches that are counted, so that a page always costs the same."""

_DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class PagePosition:
    """The position of a page.

    Attributes:
        page: its number, from 1.
        total: how many contacts match.
        capped: whether more match than ``total``.
        before: the last contact of the previous page, or None if the client gave a page number.
    """

    page: int
    total: int
    capped: bool
    before: UUID | None = None


def require_reachable_page(page: int, page_size: int, counted: bool) -> None:
    """Raise ``InvalidInput`` for a page number that would take too long to reach.

    ``counted`` is whether the total must be counted (a search, or a tag and a list together).
    """
    deepest = COUNTED if counted else _DEEPEST
    if page > 1 and page * page_size > deepest:
        message = f"goes beyond contact {deepest:,}; narrow the search or use nextCursor"
        raise InvalidInput.of("page", message)
