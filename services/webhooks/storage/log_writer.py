"""Insert webhooks into the log.

This is the service's busiest statement, so it has a connection of its own. A group of webhooks
takes one round trip, which also commits. With a connection of the pool it would take three.
"""

import asyncio
import os
import socket
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection, sql

from servicekit.db.database import is_outage
from servicekit.db.limits import Limits
from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook

_ADD_SECONDS = 2.0
# The server gets the same time limits as we have, so that it stops work whose result is no longer
# needed. They are set by a statement, since connection poolers refuse or ignore startup options.
_SETTINGS = {
    # Webhooks belong to any organisation, and Stripe's to none.
    "app.scope": "system",
    **Limits(lock=_ADD_SECONDS, statement=_ADD_SECONDS, idle=5).settings(),
}
_SET = sql.SQL("SELECT {}").format(
    sql.SQL(", ").join(
        sql.SQL("set_config({}, {}, false)").format(name, value)
        for name, value in _SETTINGS.items()
    )
)

# Sorted, so that two workers that insert the same events wait for each other and never deadlock.
_ADD: LiteralString = """
INSERT INTO webhook_logs (
  id, source, external_id, org_id, message_id, payload, signature, received_at, next_attempt_at
)
SELECT id, source, external_id, org_id, message_id, decode(payload, 'base64'),
  nullif(signature, ''), received_at, now() + make_interval(secs => %(first_pause)s)
FROM json_to_recordset(%(webhooks)s::json) AS new (
  id uuid, source text, external_id text, org_id uuid, message_id uuid, payload text,
  signature text, received_at timestamptz
)
ORDER BY source, external_id
ON CONFLICT DO NOTHING
RETURNING id
"""


class LogWriter:
    """Inserts webhooks into the log, for one caller at a time.

    Args:
        database_url: The database's URL.
        first_pause: Seconds after which an unhandled webhook is due to be published again.
    """

    def __init__(self, database_url: str, first_pause: float) -> None:
        self._url = database_url
        self._first_pause = first_pause
        self._connection: AsyncConnection[Any] | None = None

    async def add(self, webhooks: Sequence[Webhook]) -> set[UUID]:
        """Insert webhooks.

        Returns:
            The ids of the new webhooks.

        Raises:
            Unavailable: The database can't be reached, or did not answer within two seconds. Then
                the webhooks may or may not have been stored.
            psycopg.Error: The database refuses them.
        """
        rows = {"first_pause": self._first_pause, "webhooks": _as_json(webhooks)}
        try:
            self._connection = self._connection or await self._connect()
            with _broken_when_stuck(self._connection):
                added = await self._connection.execute(_ADD, rows)
                return {row[0] for row in await added.fetchall()}
        except BaseException as error:
            await self.close()
            if isinstance(error, Exception) and (isinstance(error, OSError) or is_outage(error)):
                raise Unavailable("The database can't be reached.") from error
            raise

    async def close(self) -> None:
        """Close the connection to the database."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connect(self) -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=2,
            target_session_attrs="read-write",
            application_name="smsblaster",
        )
        try:
            with _broken_when_stuck(connection):
                await connection.execute(_SET)
        except BaseException:
            await connection.close()
            raise
        return connection


@contextmanager
def _broken_when_stuck(connection: AsyncConnection[Any]) -> Iterator[None]:
    """Break `connection` if the ``with`` block takes more than two seconds.

    Cancelling the task is not enough: if the database server hangs, even a cancelled statement
    waits for it.
    """
    giving_up = asyncio.get_running_loop().call_later(_ADD_SECONDS, _break, connection)
    try:
        yield
    finally:
        giving_up.cancel()


def _break(connection: AsyncConnection[Any]) -> None:
    with (
        suppress(psycopg.OperationalError, OSError),  # it has ended already
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


def _as_json(webhooks: Sequence[Webhook]) -> str:
    """Return the rows as one JSON parameter.

    Eight arrays as parameters would take longer than the statement itself.

    Payloads are in base64, since they may not be valid text.
    """
    rows = [
        {
            "id": w.id,
            "source": w.source.value,
            "external_id": w.external_id,
            "org_id": w.org_id,
            "message_id": w.message_id,
            "payload": b64encode(w.payload).decode(),
            "signature": w.signature,
            "received_at": w.received_at,
        }
        for w in webhooks
    ]
    return orjson.dumps(rows).decode()
