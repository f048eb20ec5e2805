"""Disconnect from a server that takes no writes, such as the old one after a failover.

The data of such a server is out of date. With every response the server reports whether it is a
replica and whether it is read-only.
"""

from typing import Any

import psycopg
from sqlalchemy import Connection, ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine

_TOLD_BY = (b"in_hot_standby", b"default_transaction_read_only")
_READ_ONLY = "25006"


class ServerIsReadOnly(psycopg.OperationalError):
    """The server that answered takes no writes."""


def leave_read_only_servers(engine: AsyncEngine) -> None:
    """Make every statement on a read-only server fail as an outage.

    All pooled connections are then closed, so that new ones may lead to another server.
    """
    event.listen(engine.sync_engine, "after_cursor_execute", _refuse)
    event.listen(engine.sync_engine, "handle_error", _drop)


def _refuse(connection: Connection, *_: Any) -> None:
    line = connection.connection.driver_connection
    if isinstance(line, psycopg.AsyncConnection) and any(
        line.pgconn.parameter_status(name) == b"on" for name in _TOLD_BY
    ):
        raise ServerIsReadOnly("the server takes no writes")


def _drop(context: ExceptionContext) -> None:
    error = context.original_exception
    if isinstance(error, ServerIsReadOnly) or getattr(error, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True
