"""Requests that need other tables are served while one table is locked by ``ALTER TABLE``."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Busy, Unavailable
from services.billing.tests.member import Member
from services.billing.tests.rpc.test_transactions import page
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.timeout(120)

READERS = 14
# Seconds on a busy machine. Waiting for a lock or a connection ends after three or five seconds.
SOON = 2.5


@asynccontextmanager
async def locked(database: Database, table: str) -> AsyncIterator[None]:
    """Lock ``table`` as ``ALTER TABLE`` does, until the block ends."""
    async with database.engine.begin() as connection:
        await connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        await connection.execute(text(f"LOCK {table} IN ACCESS EXCLUSIVE MODE"))
        yield
    await database.engine.dispose()


async def read_on(billing: Running, person: Person, outcomes: Counter[str]) -> None:
    """Request the transactions again and again, and add each outcome to ``outcomes``."""
    while True:
        try:
            await page(billing, person)
        except Unavailable as error:
            outcomes[error.code] += 1
        else:
            outcomes["served"] += 1


async def test_locked_table_does_not_delay_other_requests(
    billing: Running, database: Database, member: Member
) -> None:
    outcomes: Counter[str] = Counter()
    readers = []
    try:
        async with locked(database, "billing_transactions"):
            readers = [
                asyncio.create_task(read_on(billing, Person(), outcomes)) for _ in range(READERS)
            ]
            waits = []
            while outcomes.total() < 6 * READERS:
                began = time.monotonic()
                await member.settings()
                waits.append(time.monotonic() - began)
        # The first request may wait one lock timeout, while the readers use all connections.
        assert max(waits) < 5
        assert max(waits[1:]) < SOON
        assert set(outcomes) == {Busy.default_code}
        await wait_until(lambda: outcomes["served"] > READERS)
    finally:
        for reader in readers:
            reader.cancel()
