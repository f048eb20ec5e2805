"""Adding to the log of webhooks: the one hot statement of this service, on a connection of its own.

A group of webhooks costs one round trip that commits by itself, from the thread that serves the
request: by way of the event loop it would wait for its turn four times.
"""

import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, LiteralString
from uuid import UUID

import orjson
import psycopg
from psycopg import Connection

from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook

_ADD_SECONDS = 2.0

# Sorted, so that two workers with the same events wait for each other and never deadlock.
_ADD: LiteralString = """
INSERT INTO webhook_logs (
  id, source, external_id, org_id, message_id, payload, signature, received_at, next_attempt_at
)
SELECT id, source, external_id, org_id, message_id, convert_to(payload, 'UTF8'),
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
    """Adds webhooks to the log, for one thread at a time.

    ``first_pause`` is the seconds after which a webhook that nobody has handled is due to be
    published again.
    """

    def __init__(self, database_url: str, first_pause: float) -> None:
        self._url = database_url
        self._first_pause = first_pause
        self._connection: Connection[Any] | None = None
        self._adding_since: float | None = None

    def add(self, webhooks: Sequence[Webhook]) -> set[UUID]:
        """Keep webhooks; the ids of those that were not known already.

        Raises ``Unavailable`` where the database is away or the wait was given up; then it is not
        known whether they were kept. Raises ``psycopg.Error`` where it refuses them.
        """
        self._adding_since = time.monotonic()
        try:
            self._connection = self._connection or self._connect()
            rows = {"first_pause": self._first_pause, "webhooks": _as_json(webhooks)}
            return {row[0] for row in self._connection.execute(_ADD, rows)}
        except BaseException as error:
            self.close()
            if isinstance(error, OSError | psycopg.OperationalError | psycopg.InterfaceError):
                raise Unavailable("The database is away.") from error
            raise
        finally:
            self._adding_since = None

    def give_up_if_stuck(self) -> None:
        """Break the connection where the database has not answered for two seconds.

        For another thread than the one that waits: to a server that hangs, even a cancelled
        statement would wait.
        """
        since, connection = self._adding_since, self._connection
        if since is None or connection is None or time.monotonic() - since < _ADD_SECONDS:
            return
        with (
            suppress(psycopg.OperationalError, OSError),  # it has ended meanwhile
            socket.socket(fileno=os.dup(connection.fileno())) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> Connection[Any]:
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=2,
            application_name="smsblaster",
            # Webhooks come for every organisation, and Stripe's for none.
            options="-c app.scope=system",
        )


def _as_json(webhooks: Sequence[Webhook]) -> str:
    """The rows as one parameter: as eight arrays they would cost more than the statement."""
    rows = [
        {
            "id": w.id,
            "source": w.source.value,
            "external_id": w.external_id,
            "org_id": w.org_id,
            "message_id": w.message_id,
            "payload": w.payload.decode(),
            "signature": w.signature,
            "received_at": w.received_at,
        }
        for w in webhooks
    ]
    return orjson.dumps(rows).decode()
