"""Pages of contacts: by number as far as people leaf, by cursor through all of them."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.errors import InvalidInput

COUNTED = 1000
"""Of what must be counted this many at the most: a page and a total then cost the same always."""

_DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class PagePosition:
    """A page: its number, how many contacts match in all (or were counted), and what came before.

    ``before`` is the last contact of the page before; None where the page was asked for by number.
    """

    page: int
    total: int
    capped: bool
    before: UUID | None = None


def require_reachable_page(page: int, page_size: int, counted: bool) -> None:
    """Raise ``InvalidInput`` for a page number whose contacts would take too long to pass over.

    ``counted``: the total is not kept (a search, a tag and a list together).
    """
    deepest = COUNTED if counted else _DEEPEST
    if page > 1 and page * page_size > deepest:
        message = f"ends beyond contact {deepest:,}; narrow the search or follow nextCursor"
        raise InvalidInput.of("page", message)
