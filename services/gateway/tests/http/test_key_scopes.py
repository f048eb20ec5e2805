"""The scope that each route needs."""

import pytest

from services.gateway.http.contract import Method, public_methods
from services.gateway.http.key_scopes import scope_for
from services.gateway.tests.http.reading_routes import READ
from services.gateway.tests.http.routes_by_scope import ADMIN, SEND, SESSIONS_ONLY, WRITE

TABLE: dict[str | None, frozenset[str]] = {
    "send": SEND,
    "admin": ADMIN,
    "write": WRITE,
    "read": READ,
    None: SESSIONS_ONLY,
}


def route(method: Method) -> str:
    return f"{method.verb} {method.path}"


WITH_A_CALLER = [method for method in public_methods() if not method.is_public]


@pytest.mark.parametrize("method", WITH_A_CALLER, ids=route)
def test_each_route_needs_the_scope_in_the_table(method: Method) -> None:
    decided = [scope for scope, routes in TABLE.items() if route(method) in routes]
    assert decided == [scope_for(method.access)], "decide, and write it down here"


def test_the_table_of_scopes_has_only_existing_routes() -> None:
    decided = frozenset().union(*TABLE.values())
    assert decided == {route(method) for method in WITH_A_CALLER}
