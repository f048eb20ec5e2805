"""Adding to the log of webhooks: the one hot statement of this service, on a connection of its own.

A group of webhooks costs one round trip that commits by itself; through the pool it would cost
four, each of which waits for its turn among the request threads.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook

_ADD_SECONDS = 2.0

# Sorted, so that two workers with the same events wait for each other and never deadlock.
_ADD: LiteralString = """
INSERT INTO webhook_logs (
  id, source, external_id, org_id, message_id, payload, signature, received_at, next_attempt_at
)
SELECT id, source, external_id, org_id, message_id, payload, nullif(signature, ''), received_at,
  now() + make_interval(secs => %(first_pause)s)
FROM unnest(
  %(ids)s::uuid[], %(sources)s::text[], %(external_ids)s::text[], %(org_ids)s::uuid[],
  %(message_ids)s::uuid[], %(payloads)s::bytea[], %(signatures)s::text[],
  %(received_at)s::timestamptz[]
) AS new (
  id, source, external_id, org_id, message_id, payload, signature, received_at
)
ORDER BY source, external_id
ON CONFLICT DO NOTHING
RETURNING id
"""


class LogWriter:
    """Adds webhooks to the log. Use it on the event loop.

    ``first_pause`` is the seconds after which a webhook that nobody has handled is due to be
    published again.
    """

    def __init__(self, database_url: str, first_pause: float) -> None:
        self._url = database_url
        self._first_pause = first_pause
        self._connection: AsyncConnection[Any] | None = None

    async def add(self, webhooks: Sequence[Webhook]) -> set[UUID]:
        """Keep webhooks; the ids of those that were not known already.

        Raises ``Unavailable`` where the database is away or does not answer in two seconds; then
        it is not known whether they were kept. Raises ``psycopg.Error`` where it refuses them.
        """
        adding = asyncio.create_task(self._add(webhooks))
        await asyncio.wait([adding], timeout=_ADD_SECONDS)
        if not adding.done():
            # A server that hangs would hang the wait for a cancelled statement too: leave it.
            adding.cancel()
            self._connection = None
            raise Unavailable("The database does not answer.")
        try:
            return adding.result()
        except (OSError, psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable("The database is away.") from error

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _add(self, webhooks: Sequence[Webhook]) -> set[UUID]:
        connection = self._connection or await self._connect()
        self._connection = connection
        try:
            cursor = await connection.execute(_ADD, self._parameters(webhooks))
            return {row[0] for row in await cursor.fetchall()}
        except BaseException:
            if self._connection is connection:
                self._connection = None
            await connection.close()
            raise

    async def _connect(self) -> AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=2,
            application_name="smsblaster",
            # Webhooks come for every organisation, and Stripe's for none.
            options="-c app.scope=system",
        )

    def _parameters(self, webhooks: Sequence[Webhook]) -> dict[str, object]:
        return {
            "first_pause": self._first_pause,
            "ids": [w.id for w in webhooks],
            "sources": [w.source.value for w in webhooks],
            "external_ids": [w.external_id for w in webhooks],
            "org_ids": [w.org_id for w in webhooks],
            "message_ids": [w.message_id for w in webhooks],
            "payloads": [w.payload for w in webhooks],
            "signatures": [w.signature for w in webhooks],
            "received_at": [w.received_at for w in webhooks],
        }
