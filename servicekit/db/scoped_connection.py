"""A connection that begins a transaction and sets its scope in one exchange with the server.

Every transaction has a scope. If the scope were set by a statement of its own, a transaction that
reads one row would take a quarter more exchanges and processor time.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import errors, generators, pq
from psycopg.abc import PQGen
from sqlalchemy.ext.asyncio import AsyncConnection


class ScopedConnection(psycopg.AsyncConnection[Any]):
    """A connection to Postgres that can begin a transaction with statements of our own.

    Attributes:
        scope: Statements to execute when the next transaction begins, and only then.
    """

    scope: bytes = b""

    def _start_query(self) -> PQGen[None]:
        """Begin a transaction if none is open; psycopg calls this before each statement."""
        scope, is_open = self.scope, self.pgconn.transaction_status != pq.TransactionStatus.IDLE
        if not scope or is_open or self.autocommit:
            yield from super()._start_query()
            return
        self.scope = b""
        if self._pipeline:  # it takes one statement at a time
            yield from super()._start_query()
            for statement in scope.split(b";"):
                yield from self._exec_command(statement)
            return
        self._check_connection_ok()
        self.pgconn.send_query(b"BEGIN;" + scope)
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != pq.ExecStatus.COMMAND_OK:
                raise errors.error_from_result(result, encoding=self.info.encoding)


def begin_with(connection: AsyncConnection, settings: Mapping[str, str]) -> ScopedConnection:
    """Set the settings with which the next transaction of ``connection`` begins.

    Returns the driver's connection. Names and values of ``settings`` are not quoted, so they must
    not come from outside.
    """
    fairy = connection.sync_connection.connection if connection.sync_connection else None
    driver = fairy.driver_connection if fairy else None
    if not isinstance(driver, ScopedConnection):
        raise TypeError("the engine has connections of another kind")
    statements = (f"SET LOCAL {name} = '{value}'" for name, value in settings.items())
    driver.scope = ";".join(statements).encode()
    return driver
