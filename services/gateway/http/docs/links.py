"""Find what words in backticks link to: an operation, or the code of a problem."""

import re

from servicekit.problems import PROBLEM_PAGES
from services.gateway.domain.problem_codes import problem_codes
from services.gateway.http.contract import public_methods
from services.gateway.http.openapi.operation_groups import group_of

_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/api/[^?\s]*)(\?\S*)?")


def address_of(words: str) -> str | None:
    """Return the URL of the page that describes what the words name, or None if none does.

    The words are a verb with a path, the code of a problem, or the URL of the list of codes.
    """
    if words == PROBLEM_PAGES:
        return words
    route = _ROUTE.fullmatch(words)
    if route:
        return _operation(route[1], route[2])
    if "_" in words and words in problem_codes():
        return f"{PROBLEM_PAGES}/{words}"
    return None


def operation_address(group: str, operation_id: str) -> str:
    """Return the URL of an operation's description."""
    return f"/api/docs/reference/{group}#{operation_id}"


def _operation(verb: str, path: str) -> str | None:
    for method in public_methods():
        if method.verb == verb and method.path == path:
            return operation_address(group_of(method).name, method.operation_id)
    return None
