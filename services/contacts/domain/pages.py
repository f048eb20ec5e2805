"""Pages of contacts. Page numbers work up to a limit. With a cursor, all contacts can be read."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from servicekit.errors import InvalidInput

Sort = Literal["newest", "oldest", "name"]
"""The order of contacts. By name: contacts without a name come last."""

COUNTED = 1000
"""Maximum matches that are counted, so that counting never takes long."""

_DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class PagePosition:
    """The position of a page.

    Attributes:
        page: its number, from 1.
        total: how many contacts match.
        capped: whether more match than ``total``.
        last: the last contact of the previous page, or None if the client gave a page number.
    """

    page: int
    total: int
    capped: bool
    last: UUID | None = None


def require_reachable_page(page: int, page_size: int, counted: bool) -> None:
    """Raise ``InvalidInput`` for a page number that would take too long to reach.

    ``counted`` says that matches must be counted (a search, a time, or several filters).
    """
    deepest = COUNTED if counted else _DEEPEST
    if page > 1 and page * page_size > deepest:
        message = f"goes beyond contact {deepest:,}; narrow the search or use `nextCursor`"
        raise InvalidInput.of("page", message)
