"""Check the database server: its version, and that each connection has its own session.

Postgres 18 or newer is needed.
"""

import sys

import psycopg
from psycopg import Connection

OLDEST_VERSION = 18

_POOLED = (
    "DATABASE_URL leads through a connection pooler that gives each transaction another session."
    " Jobs' locks and prepared statements need a session of their own: set the pooler to session"
    " mode, or name the Postgres server itself."
)


class Unsuitable(Exception):
    """The database can't be used; the message tells an operator why, in a sentence."""


def refuse_unsuitable(database_url: str) -> None:
    """Check the server behind ``database_url``, with two short connections.

    Raises:
        Unsuitable: The server is too old, or a pooler in front of it shares its sessions.
        psycopg.OperationalError: The server can't be reached.
    """
    with _connected(database_url) as connection:
        _refuse_old(connection)
        # A pooler invents a process id for each client, so process ids can't be compared.
        if connection.info.backend_pid != _session(connection):
            with _connected(database_url) as other:
                _refuse_shared(connection, other)


def exit_if_unsuitable(database_url: str) -> None:
    """End the process with status 2, and say why, if Postgres is too old or a pooler is unsuitable.

    If the server can't be reached, do nothing: processes that need it wait for it.
    """
    try:
        refuse_unsuitable(database_url)
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
    connection: Connection[tuple[object, ...]], other: Connection[tuple[object, ...]]
) -> None:
    """Raise ``Unsuitable`` if a pooler shares sessions.

    That is so if one session of the server serves both connections, or if ``connection`` is served
    by another session than before.
    """
    for _ in range(3):
        session = _session(connection)
        with other.transaction():
            if _session(other) == session or _session(connection) != session:
                raise Unsuitable(_POOLED)


def _session(connection: Connection[tuple[object, ...]]) -> object:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return row[0] if row else None
