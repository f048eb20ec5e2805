"""Database sessions: one transaction per request or event, opened at the edge.

A transaction is opened either for one organisation or for the whole system. Row-level security
holds it to that: in an organisation's transaction a query without its org predicate sees no other
tenant's rows, and outside of any scope it sees nothing at all.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Table, exists, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from servicekit.errors import CrossOrgAccess, NotFound

# Options of libpq, in seconds, but the last in milliseconds. A server that is gone without a word
# is noticed within half a minute.
_CONNECTING = {
    "application_name": "smsblaster",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# A server that follows another one, or that was made read-only because its disk is nearly full.
_READ_ONLY = "25006"
# Postgres says this of a read-only file system, and of what a role may not do.
_NO_PRIVILEGE = "42501"
_READ_ONLY_DISK = "Read-only file system"
_ORG_SCOPE = text("SELECT set_config('app.org_id', :org_id, true)")
_SYSTEM_SCOPE = text("SELECT set_config('app.scope', 'system', true)")


class Database:
    """A service's own database."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            hide_parameters=True,  # they are people's data, and errors go into logs
            connect_args=_CONNECTING,
        )

    @asynccontextmanager
    async def org(self, org_id: UUID) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees and writes rows of ``org_id`` alone."""
        async with self.engine.begin() as connection:
            await connection.execute(_ORG_SCOPE, {"org_id": str(org_id)})
            yield connection

    @asynccontextmanager
    async def system(self) -> AsyncIterator[AsyncConnection]:
        """A transaction over all organisations, for workers, jobs and consumers."""
        async with self.engine.begin() as connection:
            await connection.execute(_SYSTEM_SCOPE)
            yield connection

    async def why_absent(
        self, table: Table, condition: ColumnElement[bool], what: str
    ) -> Exception:
        """Why an organisation does not see a row that it named by id: the error to raise.

        ``CrossOrgAccess`` where ``condition`` names a row of another organisation, ``NotFound``
        with ``what`` ("campaign") where it names none anywhere.
        """
        async with self.system() as connection:
            elsewhere = await connection.scalar(
                select(exists().where(condition).select_from(table))
            )
        if elsewhere:
            return CrossOrgAccess()
        return NotFound(f"There is no such {what}.", code=f"{what.replace(' ', '_')}_not_found")

    async def check(self) -> None:
        """Raise what is wrong where the database can't be used, for the readiness probe."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def refuse_unsafe_role(self) -> None:
        """Refuse to start under a role that row-level security does not bind."""
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT rolsuper OR rolbypassrls AS unsafe"
                        " FROM pg_roles WHERE rolname = current_user"
                    )
                )
            ).one()
        if row.unsafe:
            raise RuntimeError("DATABASE_URL names a role that bypasses row-level security")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def is_outage(error: Exception) -> bool:
    """Whether ``error`` means that the database can't be used for now, whatever is asked of it.

    No connection, one that broke, none free in time, or a transaction that the server gave up
    (SQLSTATE classes 08, 40, 53, 55, 57, 58). Not 54: what is too large today is so tomorrow.
    A server whose disk takes nothing is among them.
    """
    if isinstance(error, PoolTimeout):
        return True
    # COPY raises the driver's own errors.
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return False
    sqlstate = cause.sqlstate or ""
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return not sqlstate.startswith("54")
    return sqlstate == _READ_ONLY or (sqlstate == _NO_PRIVILEGE and _READ_ONLY_DISK in str(cause))


def violated(error: DBAPIError) -> str | None:
    """The name of the constraint that ``error`` is about, if it is about one."""
    diagnostics = getattr(error.orig, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    return name
