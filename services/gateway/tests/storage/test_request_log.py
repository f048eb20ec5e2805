"""Each filter of the request log is served by an index, and old requests are deleted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine

from servicekit.db.database import Database
from servicekit.ids import first_id_at, new_id
from servicekit.web.loop_thread import LoopThread
from services.gateway.domain.logged_requests import LoggedRequest
from services.gateway.jobs import housekeeping
from services.gateway.storage import request_log
from services.gateway.storage.request_log import RequestFilter
from tests.fixtures.databases import analyze

# Organisations with many requests, of many keys and routes. One of them has half of all.
_MANY = text("""
INSERT INTO request_log (id, org_id, request_id, api_key_id, user_id, method, route, path, status,
  faults, fields, duration_ms, address, replayed)
SELECT uuidv7(), uuid_in(md5((n % 20 * (n % 2))::text)::cstring), 'request ' || n,
  uuid_in(md5('key' || n % 400)::cstring), uuid_in(md5('user' || n % 400)::cstring),
  CASE WHEN n % 400 = 0 THEN 'DELETE' ELSE 'GET' END, '/api/routes/' || n % 400, '/',
  CASE WHEN n % 400 = 0 THEN 500 ELSE 200 END, '{}', '{}', 1, '127.0.0.1', false
FROM generate_series(0, 40000) AS n
""")


def a_request(org_id: UUID, **changes: Any) -> LoggedRequest:
    given: dict[str, Any] = {
        "id": new_id(),
        "org_id": org_id,
        "request_id": "any",
        "api_key_id": None,
        "user_id": new_id(),
        "method": "GET",
        "route": "/api/me",
        "path": "/api/me",
        "status": 200,
        "code": None,
        "detail": None,
        "faults": (),
        "fields": ("name", "tags[2]"),
        "duration_ms": 3,
        "address": "::1",
        "idempotency_key": None,
        "replayed": False,
        "request_bytes": None,
        "response_bytes": 12,
    }
    return LoggedRequest(**given | changes)


@pytest.fixture(scope="module")
def many(loop: LoopThread, database: Database) -> UUID:
    """Store many requests. Returns the organisation of some of them."""

    async def store() -> UUID:
        async with database.system() as connection:
            await connection.execute(_MANY)
            found: UUID = await connection.scalar(text("SELECT uuid_in(md5('0')::cstring)"))
        await analyze(database, "request_log")
        return found

    return loop.run(store(), 60)


async def _plan(database: Database, org_id: UUID, wanted: RequestFilter) -> str:
    """Return how Postgres reads a page of requests."""
    executed: list[tuple[str, Any]] = []

    def remember(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        executed.append((statement, parameters))

    async with database.org(org_id) as connection:
        event.listen(Engine, "before_cursor_execute", remember)
        try:
            await request_log.page(connection, org_id, wanted, 50)
        finally:
            event.remove(Engine, "before_cursor_execute", remember)
        [(statement, parameters)] = [each for each in executed if "request_log" in each[0]]
        rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(rows.scalars())


def _md5(loop: LoopThread, database: Database, word: str) -> UUID:
    async def ask() -> UUID:
        async with database.system() as connection:
            query = text("SELECT uuid_in(md5(:word)::cstring)")
            found: UUID = await connection.scalar(query, {"word": word})
            return found

    return loop.run(ask())


@pytest.mark.parametrize(
    ("name", "value", "index"),
    [
        ("api_key_id", "key0", "ix_request_log_api_key"),
        ("user_id", "user0", "ix_request_log_user"),
        ("status_class", 5, "ix_request_log_status"),
        ("method", "DELETE", "ix_request_log_method"),
        ("route", "/api/routes/0", "ix_request_log_route"),
        ("request_id", "request 400", "ix_request_log_request_id"),
    ],
)
def test_each_filter_of_the_request_log_uses_an_index(
    loop: LoopThread, database: Database, many: UUID, name: str, value: Any, index: str
) -> None:
    if name in ("api_key_id", "user_id"):
        value = _md5(loop, database, value)
    wanted = RequestFilter(**{name: value})
    plan = loop.run(_plan(database, many, wanted))
    assert index in plan, plan


@pytest.mark.parametrize("days", [None, 1])
def test_the_newest_logged_requests_are_read_in_order_by_an_index(
    loop: LoopThread, database: Database, many: UUID, days: int | None
) -> None:
    wanted = RequestFilter()
    if days:
        since = datetime.now(UTC) - timedelta(days=days)
        wanted = RequestFilter(first=first_id_at(since), end=first_id_at(datetime.now(UTC)))
    plan = loop.run(_plan(database, many, wanted))
    assert "Sort" not in plan, plan
    assert "ix_request_log_org" in plan or "pk_request_log" in plan, plan


def test_a_batch_of_logged_requests_that_is_written_twice_is_stored_once(
    loop: LoopThread, database: Database
) -> None:
    org_id = new_id()
    batch = [a_request(org_id), a_request(org_id, faults=("to",), api_key_id=new_id())]

    async def write_and_read() -> Sequence[LoggedRequest]:
        for _ in range(2):
            async with database.system() as connection:
                await request_log.add(connection, batch)
        async with database.org(org_id) as connection:
            return await request_log.page(connection, org_id, RequestFilter(), 10)

    found = loop.run(write_and_read())
    assert [each.id for each in found] == [each.id for each in batch][::-1]
    assert [list(each.faults) for each in found] == [["to"], []]
    assert list(found[0].fields) == ["name", "tags[2]"]


def test_logged_requests_are_deleted_after_the_configured_number_of_days(
    loop: LoopThread, database: Database
) -> None:
    org_id = new_id()
    requests = [a_request(org_id, request_id=name) for name in ("old", "new")]
    aged = text(
        "UPDATE request_log SET created_at = now() - make_interval(days => 3)"
        " WHERE org_id = :org_id AND request_id = 'old'"
    )

    async def left(days: int) -> list[str]:
        await housekeeping.delete_old_requests(database, days)
        async with database.org(org_id) as connection:
            found = await request_log.page(connection, org_id, RequestFilter(), 10)
        return [each.request_id for each in found]

    async def store() -> None:
        async with database.system() as connection:
            await request_log.add(connection, requests)
            await connection.execute(aged, {"org_id": org_id})

    loop.run(store())
    assert loop.run(left(4)) == ["new", "old"]
    assert loop.run(left(2)) == ["new"]
