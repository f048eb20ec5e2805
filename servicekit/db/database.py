"""Database sessions: one transaction per request or event.

A transaction is opened either for one organisation or for the whole system. Row-level security
enforces this: in an organisation's transaction, even a query that forgets to name the organisation
sees only its rows. In a transaction without a scope, a query sees no rows. Every transaction has
time limits (``limits``). No organisation (``shares``) and no kind of work (``kinds``) can use all
connections.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
import structlog
from prometheus_client import Gauge
from sqlalchemy import ColumnElement, Table, exists, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool, QueuePool

from servicekit import hints, wakeups
from servicekit.db import limits
from servicekit.db.engines import CONNECTING, engine_of_sessions, engine_of_transactions
from servicekit.db.kinds import Kinds
from servicekit.db.limits import Limits
from servicekit.db.scoped_connection import begin_with
from servicekit.db.shares import ShareInUse, Shares
from servicekit.db.statement_spans import record_statements
from servicekit.errors import CrossOrgAccess, NotFound
from servicekit.hints import Hint
from servicekit.telemetry import tracing
from servicekit.wakeups import Wakeups

log = structlog.get_logger()

CONNECTIONS = Gauge(
    "smsblaster_database_connections_in_use", "Connections of the process's pool that are in use"
)
MOST_CONNECTIONS = Gauge(
    "smsblaster_database_connections_max", "Connections that the process's pool may have"
)

_POOL_SECONDS = 5.0
"""Seconds to wait for a free connection, and for the organisation to be allowed one more."""
_LOCKED, _CANCELED, _IDLED = "55P03", "57014", "25P03"
"""SQLSTATEs for waiting for a lock, a statement and an open transaction that took too long."""
# A replica, or a server that was made read-only because its disk is nearly full.
_READ_ONLY = "25006"
# Postgres answers with this code for a read-only file system, and if a role lacks a privilege.
_NO_PRIVILEGE = "42501"
_READ_ONLY_DISK = "Read-only file system"
_ROLE = text("""
SELECT rolsuper OR rolbypassrls AS bypasses, EXISTS (
  SELECT FROM pg_class
  WHERE oid = to_regclass('alembic_version') AND pg_has_role(relowner, 'MEMBER')
) AS owns
FROM pg_roles WHERE rolname = current_user
""")
_OWNS = (
    "The role in DATABASE_URL owns the tables, so it can turn off row-level security. Give them to"
    " another role, and set MIGRATION_DATABASE_URL for `migrate`."
)


class Database:
    """A service's own database.

    Args:
        url: The database's address.
        pool_size: Most connections at ``url`` at a time.
        direct_url: The address without a pooler, if ``url`` leads through one in transaction mode.
            Then a transaction has a session of its own, but a connection has not.

    Attributes:
        pass_on: Called with the hints of each transaction after its commit.
        wakeups: The loops to wake after a commit.
    """

    def __init__(self, url: str, pool_size: int = 8, direct_url: str | None = None) -> None:
        self._is_pooled = direct_url is not None
        pool = {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": _POOL_SECONDS}
        if direct_url is None:
            self.engine: AsyncEngine = engine_of_sessions(url, pool)
            self._direct = self.engine
        else:
            self.engine = engine_of_transactions(url, pool)
            self._direct = engine_of_sessions(direct_url, {"poolclass": NullPool})
        if tracing.is_recording():
            record_statements(self.engine.sync_engine)
        self._shares = Shares(pool_size, _POOL_SECONDS)
        self._kinds = Kinds(pool_size, _POOL_SECONDS)
        MOST_CONNECTIONS.set(pool_size)
        CONNECTIONS.set_function(self._in_use)
        self.pass_on: Callable[[Sequence[Hint]], None] = hints.drop
        self.wakeups = Wakeups()

    @asynccontextmanager
    async def org(
        self, org_id: UUID, within: Limits | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees and writes only the rows of ``org_id``.

        ``within`` are its time limits; the default is the limits of the current work.
        """
        async with (
            self._shares.place(org_id),
            self._kinds.place(),
            self._transaction({"app.org_id": org_id.hex}, within) as connection,
        ):
            yield connection

    @asynccontextmanager
    async def system(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees all organisations' rows, for workers, jobs and consumers."""
        scope = {"app.scope": "system"}
        async with self._kinds.place(), self._transaction(scope, None) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(
        self, scope: dict[str, str], within: Limits | None
    ) -> AsyncIterator[AsyncConnection]:
        wanted = within or limits.current()
        # The session has the limits of a request, unless a pooler shares it with others.
        are_set = wanted == limits.REQUEST and not self._is_pooled
        settings = scope if are_set else scope | wanted.settings()
        async with self.engine.begin() as connection:
            noted, work = hints.begin(connection), wakeups.begin(connection)
            driver = begin_with(connection, settings)
            try:
                yield connection
            finally:
                driver.scope = b""  # if there was no statement, the next transaction is another's
        self.pass_on(noted)
        self.wakeups.wake(work)

    async def session(self) -> AsyncConnection:
        """Open a connection with a session of its own, for locks and settings beyond a commit."""
        return await self._direct.connect()

    async def not_found(self, table: Table, condition: ColumnElement[bool], what: str) -> Exception:
        """Return the error for an id whose row the organisation does not see.

        It is ``CrossOrgAccess`` if ``condition`` finds a row of another organisation, and
        ``NotFound`` if it finds none. ``what`` names the thing, such as "campaign".
        """
        async with self.system() as connection:
            elsewhere = await connection.scalar(
                select(exists().where(condition).select_from(table))
            )
        if elsewhere:
            return CrossOrgAccess()
        return NotFound(f"There is no such {what}.", code=f"{what.replace(' ', '_')}_not_found")

    async def check(self) -> None:
        """Raise an error if the database can't be reached.

        A free connection of the pool is used, which costs the server less than a new one. If that
        fails, or if all connections are in use, a new connection is made.
        """
        pool = self.engine.pool
        if isinstance(pool, QueuePool) and self._in_use() < pool.size():
            with suppress(SQLAlchemyError):
                if await self._takes_writes():
                    return
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(url, **CONNECTING) as connection:
            await connection.execute("SELECT 1")

    def _in_use(self) -> int:
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    async def _takes_writes(self) -> bool:
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            return bool(await connection.scalar(text("SHOW transaction_read_only")) == "off")

    async def refuse_unsafe_role(self) -> None:
        """Raise if the database role bypasses row-level security; warn if it could turn it off."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_ROLE)).one()
        if row.bypasses:
            raise RuntimeError("DATABASE_URL names a role that bypasses row-level security")
        if row.owns:
            log.warning("database_role_owns_tables", meaning=_OWNS)

    async def close(self) -> None:
        """Close every connection to the database, except those of ``session``."""
        await self.engine.dispose()


def is_outage(error: Exception) -> bool:
    """Tell whether ``error`` means that the work can be done later but not now.

    True if there is no connection, if no connection became free in time, or if the connection
    broke. Also true if the server aborted the transaction (SQLSTATE classes 08, 40, 53, 55, 57,
    58). For example, a statement took too long (see ``is_busy``), the transaction was left open too
    long, or the disk takes no writes. Class 54 is left out, because a value that is too large stays
    too large.
    """
    if isinstance(error, PoolTimeout):
        return True
    cause = _cause(error)
    if not isinstance(cause, psycopg.Error):
        return False
    sqlstate = cause.sqlstate or ""
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return not sqlstate.startswith("54")
    if sqlstate == _NO_PRIVILEGE:
        return _READ_ONLY_DISK in str(cause)
    return sqlstate in (_READ_ONLY, _IDLED)


def is_busy(error: Exception) -> bool:
    """Tell whether only this work can't be done now: its rows are locked, or it took too long.

    The database itself is fine: other rows can be read and written.
    """
    if isinstance(error, ShareInUse):
        return True
    return _sqlstate(error) in (_LOCKED, _CANCELED)


def _sqlstate(error: Exception) -> str:
    cause = _cause(error)
    return (cause.sqlstate or "") if isinstance(cause, psycopg.Error) else ""


def _cause(error: Exception) -> BaseException | None:
    """Return the driver's own error.

    COPY raises it directly; other statements raise an error around it.
    """
    return error.orig if isinstance(error, DBAPIError) else error


def is_contention(error: Exception) -> bool:
    """Tell whether ``error`` may affect only the rows of this work, while other rows can be used.

    True if the server aborted the transaction (class 40), a lock was not free in time (55P03) or a
    statement took too long (57014). ``is_outage`` is true for all of these too, since trying again
    can help.
    """
    return is_busy(error) or _sqlstate(error).startswith("40")


def violated(error: DBAPIError) -> str | None:
    """Return the name of the constraint that ``error`` is about, if there is one."""
    diagnostics = getattr(error.orig, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    return name
