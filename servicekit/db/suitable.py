"""Check the database server: its version, and that each connection has its own session.

Postgres 18 or newer is needed.
"""

import sys
from typing import LiteralString

import psycopg
from psycopg import Connection

OLDEST_VERSION = 18

_POOLED = (
    "{} leads through a connection pooler that gives each transaction another session. Jobs'"
    " locks and migrations need a session of their own: name the Postgres server itself."
)
_WITHOUT_DIRECT = (
    " Behind a pooler, set DIRECT_DATABASE_URL to the server itself, or set the pooler to session"
    " mode."
)
_ELSEWHERE = (
    "DATABASE_URL and DIRECT_DATABASE_URL lead to different databases. Locks in one would not"
    " protect the other: name the same database in both."
)
_PLACE = "SELECT current_database(), pg_postmaster_start_time()"


class Unsuitable(Exception):
    """The database can't be used; the message tells an operator why, in a sentence."""


def refuse_unsuitable(database_url: str, direct_url: str | None = None) -> None:
    """Check the server behind ``database_url``, with two short connections.

    With ``direct_url``, only that address must give each connection a session of its own.

    Raises:
        Unsuitable: The server is too old, or a pooler in front of it shares its sessions.
        psycopg.OperationalError: The server can't be reached.
    """
    address = direct_url or database_url
    with _connected(address) as connection:
        _refuse_old(connection)
        # A pooler invents a process id for each client, so process ids can't be compared.
        if connection.info.backend_pid != _session(connection):
            with _connected(address) as other:
                _refuse_shared(connection, other, _pooled(direct_url))
        if direct_url:
            with _connected(database_url) as other:
                if _row(connection, _PLACE) != _row(other, _PLACE):
                    raise Unsuitable(_ELSEWHERE)


def exit_if_unsuitable(database_url: str, direct_url: str | None = None) -> None:
    """End the process with status 2, and say why, if Postgres is too old or a pooler is unsuitable.

    If the server can't be reached, do nothing: processes that need it wait for it.
    """
    try:
        refuse_unsuitable(database_url, direct_url)
    except psycopg.OperationalError:
        return
    except Unsuitable as error:
        print(f"Can't start: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _connected(database_url: str) -> Connection[tuple[object, ...]]:
    return psycopg.connect(database_url, autocommit=True, connect_timeout=5, prepare_threshold=None)


def _refuse_old(connection: Connection[tuple[object, ...]]) -> None:
    version = connection.info.server_version
    if version < OLDEST_VERSION * 10_000:
        major, minor = divmod(version, 10_000)
        raise Unsuitable(
            f"the database server is Postgres {major}.{minor},"
            f" and Postgres {OLDEST_VERSION} or newer is needed."
        )


def _refuse_shared(
    connection: Connection[tuple[object, ...]], other: Connection[tuple[object, ...]], message: str
) -> None:
    """Raise ``Unsuitable`` with ``message`` if a pooler shares sessions.

    That is so if one session of the server serves both connections, or if ``connection`` is served
    by another session than before.
    """
    for _ in range(3):
        session = _session(connection)
        with other.transaction():
            if _session(other) == session or _session(connection) != session:
                raise Unsuitable(message)


def _pooled(direct_url: str | None) -> str:
    if direct_url:
        return _POOLED.format("DIRECT_DATABASE_URL")
    return _POOLED.format("DATABASE_URL") + _WITHOUT_DIRECT


def _session(connection: Connection[tuple[object, ...]]) -> object:
    row = _row(connection, "SELECT pg_backend_pid()")
    return row[0] if row else None


def _row(
    connection: Connection[tuple[object, ...]], query: LiteralString
) -> tuple[object, ...] | None:
    return connection.execute(query).fetchone()
