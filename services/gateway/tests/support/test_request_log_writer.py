"""Log entries wait while the database can't be reached, and are dropped if the queue is full."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.web.loop_thread import LoopThread
from services.gateway.storage import request_log
from services.gateway.storage.request_log import RequestFilter
from services.gateway.support.request_log_writer import DROPPED, RequestLogWriter
from services.gateway.tests.storage.test_request_log import a_request


@pytest.fixture
def away(loop: LoopThread) -> Iterator[Database]:
    """Return a database that nobody can reach."""

    async def connect() -> Database:
        return Database("postgresql://nobody@127.0.0.1:1/none", 1)

    database = loop.run(connect())
    yield database
    loop.run(database.close())


@contextmanager
def dropping(count: int) -> Iterator[None]:
    """Check that ``count`` requests are counted as dropped within the block."""
    before = DROPPED._value.get()
    yield
    assert DROPPED._value.get() - before == count


def stored(loop: LoopThread, database: Database, org_id: UUID) -> list[str]:
    async def read() -> list[str]:
        async with database.org(org_id) as connection:
            found = await request_log.page(connection, org_id, RequestFilter(), 5000)
        return [each.request_id for each in found]

    return loop.run(read())


def test_requests_wait_in_order_until_the_database_is_back(
    loop: LoopThread, database: Database, away: Database
) -> None:
    org_id, writer = new_id(), RequestLogWriter(away, 10)
    for number in range(3):
        writer.add(a_request(org_id, request_id=f"{number}"))
    with dropping(0):
        assert loop.run(writer.write()) is False
        writer.add(a_request(org_id, request_id="3"))
        writer._database = database
        assert loop.run(writer.write()) is True
    assert stored(loop, database, org_id) == ["3", "2", "1", "0"]


def test_a_full_queue_drops_the_newest_requests_and_counts_them(
    loop: LoopThread, database: Database, away: Database
) -> None:
    org_id, writer = new_id(), RequestLogWriter(away, 10)
    with dropping(5):
        for number in range(15):
            writer.add(a_request(org_id, request_id=f"{number}"))
        assert loop.run(writer.write()) is False
    writer._database = database
    assert loop.run(writer.write()) is True
    assert len(stored(loop, database, org_id)) == 10


def test_a_row_that_the_database_refuses_does_not_stop_the_log(
    loop: LoopThread, database: Database
) -> None:
    org_id, writer = new_id(), RequestLogWriter(database, 10)
    with dropping(1):
        writer.add(a_request(org_id, fields=("a\0",)))
        assert loop.run(writer.write()) is True
    writer.add(a_request(org_id, request_id="next"))
    assert loop.run(writer.write()) is True
    assert stored(loop, database, org_id) == ["next"]


def test_a_row_that_the_database_refuses_does_not_remove_the_others_of_its_batch(
    loop: LoopThread, database: Database
) -> None:
    org_id, writer = new_id(), RequestLogWriter(database, 10)
    for number in range(3):
        writer.add(a_request(org_id, request_id=f"{number}"))
        if number == 1:
            writer.add(a_request(new_id(), fields=("a\0",)))
    with dropping(1):
        assert loop.run(writer.write()) is True
    assert stored(loop, database, org_id) == ["2", "1", "0"]


def test_many_requests_are_written_with_few_statements(
    loop: LoopThread, database: Database
) -> None:
    org_id, writer = new_id(), RequestLogWriter(database, 10_000)
    for _ in range(1200):
        writer.add(a_request(org_id))

    async def transactions() -> int:
        async with database.system() as connection:
            query = text("SELECT count(DISTINCT xmin::text) FROM request_log WHERE org_id = :org")
            return int(await connection.scalar(query, {"org": org_id}) or 0)

    loop.run(writer.finish(30))
    assert len(stored(loop, database, org_id)) == 1200
    assert loop.run(transactions()) == 3
