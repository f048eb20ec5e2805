"""Engines: how connections to Postgres are made, directly or through a pooler."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from servicekit.db import limits
from servicekit.db.arrays import write_arrays_quickly
from servicekit.db.read_only import leave_read_only_servers
from servicekit.db.scoped_connection import ScopedConnection

# Options of libpq; times are in seconds, tcp_user_timeout in milliseconds. With them, a server that
# no longer answers is noticed within half a minute.
CONNECTING: dict[str, Any] = {
    "application_name": "smsblaster",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "target_session_attrs": "read-write",
}

Options = Mapping[str, Any]


def engine_of_sessions(url: str, pool: Options) -> AsyncEngine:
    """Return an engine whose connections have sessions of their own, with the default limits.

    The limits apply to transactions without limits of their own.
    """
    engine = _engine(url, pool, {})
    event.listen(engine.sync_engine, "connect", _set_limits)
    return engine


def engine_of_transactions(url: str, pool: Options) -> AsyncEngine:
    """Return an engine for a pooler in transaction mode, which shares the server's sessions.

    So nothing is set or prepared beyond a transaction.
    """
    return _engine(url, pool, {"prepare_threshold": None})


def _engine(url: str, pool: Options, connecting: Options) -> AsyncEngine:
    own = {"async_creator_fn": ScopedConnection.connect}
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        hide_parameters=True,  # parameters contain personal data, and error texts are logged
        connect_args={**CONNECTING, **connecting, **own},
        **pool,
    )
    leave_read_only_servers(engine)
    event.listen(engine.sync_engine, "connect", _write_arrays)
    return engine


def _write_arrays(connection: DBAPIConnection, _: object) -> None:
    write_arrays_quickly(connection.driver_connection)


def _set_limits(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for name, milliseconds in limits.REQUEST.settings().items():
        cursor.execute(f"SET {name} = {milliseconds}")
    cursor.close()
    connection.commit()
