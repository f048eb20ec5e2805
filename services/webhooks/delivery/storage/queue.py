"""Claim deliveries that are due, and store the results of their calls.

Every function spans organisations, so it needs a transaction that sees all of them
(``database.system()``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.waiting import MOST, Waiting
from services.webhooks.delivery.domain.calls import Claimed, Result

# The first statement finds the endpoints for which something waits by jumping from one to the next
# in the index, and never reads what waits for an endpoint that is paused. A claim is a lease: a
# delivery whose process died is due again when it ends.
_CLAIM = text("""
WITH RECURSIVE waiting (endpoint_id) AS (
  (
    SELECT endpoint_id FROM webhook_deliveries WHERE status = 'pending'
    ORDER BY endpoint_id LIMIT 1
  )
  UNION ALL
  SELECT (
    SELECT delivery.endpoint_id FROM webhook_deliveries AS delivery
    WHERE delivery.status = 'pending' AND delivery.endpoint_id > waiting.endpoint_id
    ORDER BY delivery.endpoint_id LIMIT 1
  )
  FROM waiting WHERE waiting.endpoint_id IS NOT NULL
), callable AS (
  SELECT endpoint.id, coalesce(known.free, :free_of_others) AS free
  FROM waiting
  JOIN webhook_endpoints AS endpoint ON endpoint.id = waiting.endpoint_id
    AND endpoint.disabled_at IS NULL AND endpoint.deleted_at IS NULL
    AND (endpoint.paused_until IS NULL OR endpoint.paused_until <= now())
  LEFT JOIN unnest(CAST(:endpoint_ids AS uuid[]), CAST(:free AS integer[]))
    AS known (endpoint_id, free) ON known.endpoint_id = endpoint.id
), due AS (
  SELECT one.id, one.was_due_at FROM (SELECT * FROM callable WHERE free > 0 ORDER BY random())
    AS callable
  CROSS JOIN LATERAL (
    SELECT id, next_attempt_at AS was_due_at FROM webhook_deliveries
    WHERE endpoint_id = callable.id AND status = 'pending' AND next_attempt_at <= now()
    ORDER BY next_attempt_at, id LIMIT callable.free
    FOR UPDATE SKIP LOCKED
  ) AS one
  LIMIT :limit
), claimed AS (
  UPDATE webhook_deliveries AS delivery
  SET attempts = attempts + 1, tries = tries + 1,
    next_attempt_at = now() + make_interval(secs => :lease)
  FROM due WHERE delivery.id = due.id
  RETURNING delivery.id, delivery.org_id, delivery.endpoint_id, delivery.event_id,
    delivery.attempts, delivery.tries, due.was_due_at
)
SELECT claimed.id, claimed.org_id, claimed.endpoint_id, claimed.event_id, claimed.attempts,
  claimed.tries, event.payload, endpoint.url, endpoint.max_per_second, endpoint.secret,
  CASE WHEN endpoint.old_secret_expires_at > now() THEN endpoint.old_secret END AS old_secret
FROM claimed
JOIN webhook_events AS event ON event.id = claimed.event_id
JOIN webhook_endpoints AS endpoint ON endpoint.id = claimed.endpoint_id
ORDER BY claimed.was_due_at, claimed.id
""")

# The oldest is one of a live organisation: the ids of test organisations have version 8.
_WAITING = text("""
SELECT count(*) AS items, coalesce(extract(epoch FROM clock_timestamp() - (
  SELECT min(next_due.next_attempt_at) FROM webhook_endpoints AS endpoint
  CROSS JOIN LATERAL (
    SELECT next_attempt_at FROM webhook_deliveries
    WHERE endpoint_id = endpoint.id AND status = 'pending' AND next_attempt_at <= now()
    ORDER BY next_attempt_at LIMIT 1
  ) AS next_due
  WHERE endpoint.disabled_at IS NULL AND endpoint.deleted_at IS NULL
    AND (endpoint.paused_until IS NULL OR endpoint.paused_until <= now())
    AND uuid_extract_version(endpoint.org_id) IS DISTINCT FROM 8
)), 0) AS oldest
FROM (
  SELECT FROM webhook_endpoints AS endpoint
  JOIN webhook_deliveries AS delivery
    ON delivery.endpoint_id = endpoint.id AND delivery.status = 'pending'
  WHERE endpoint.deleted_at IS NULL LIMIT :most
) AS pending
""").bindparams(most=MOST)

# A result counts only if no later call was begun since, because the lease has ended.
_RECORD = text("""
UPDATE webhook_deliveries AS delivery
SET status = result.status, last_attempt_at = result.at, duration_ms = result.duration_ms,
  response_code = result.code, response_body = result.body, error = result.error,
  next_attempt_at = now() + make_interval(secs => coalesce(result.pause, 0))
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:statuses AS text[]),
  CAST(:times AS timestamptz[]), CAST(:durations AS integer[]), CAST(:codes AS integer[]),
  CAST(:bodies AS text[]), CAST(:errors AS text[]), CAST(:pauses AS double precision[])
) AS result (id, attempts, status, at, duration_ms, code, body, error, pause)
WHERE delivery.id = result.id AND delivery.attempts = result.attempts
  AND delivery.id = ANY(CAST(:ids AS uuid[]))
""")

# All rows are locked in one order before any is changed, so that processes wait for each other and
# never deadlock. Endpoints that were well before are not locked, because they are not changed.
_LOCK = text("""
SELECT id FROM webhook_endpoints
WHERE id = ANY(CAST(:failed AS uuid[]))
  OR (id = ANY(CAST(:well AS uuid[])) AND failing_since IS NOT NULL)
ORDER BY id FOR NO KEY UPDATE
""")

_WELL = text("""
UPDATE webhook_endpoints
SET failures = 0, failing_since = NULL, warned_at = NULL, paused_until = NULL
WHERE id = ANY(CAST(:ids AS uuid[]))
""")

# After five failed calls in a row the endpoint is left alone for a while, which doubles up to ten
# minutes.
_FAILING = text("""
UPDATE webhook_endpoints AS endpoint
SET failures = endpoint.failures + failed.number,
  failing_since = coalesce(endpoint.failing_since, now()),
  paused_until = CASE WHEN endpoint.failures + failed.number >= 5 THEN now() + make_interval(
    secs => least(600, 5 * power(2, least(endpoint.failures + failed.number - 5, 10)))) END
FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS integer[])) AS failed (id, number)
WHERE endpoint.id = failed.id
""")

_FIELDS = tuple(field.name for field in fields(Claimed))


async def claim(
    connection: AsyncConnection,
    free: Mapping[UUID, int],
    free_of_others: int,
    limit: int,
    lease_seconds: float,
) -> Sequence[Claimed]:
    """Claim deliveries that are due, for each endpoint those that have been due longest.

    Args:
        connection: The transaction.
        free: How many calls may begin now for each endpoint that was called lately.
        free_of_others: How many calls may begin for each other endpoint.
        limit: How many may be claimed in all.
        lease_seconds: Seconds after which a claimed delivery is due again, unless its result was
            stored.
    """
    rows = await connection.execute(
        _CLAIM,
        {
            "endpoint_ids": list(free),
            "free": list(free.values()),
            "free_of_others": free_of_others,
            "limit": limit,
            "lease": lease_seconds,
        },
    )
    return [Claimed(*(getattr(row, name) for name in _FIELDS)) for row in rows]


async def record(connection: AsyncConnection, results: Sequence[Result]) -> None:
    """Store the results of calls, and whether calls to their endpoints fail."""
    answers = [result.answer for result in results]
    await connection.execute(
        _RECORD,
        {
            "ids": [result.claimed.id for result in results],
            "attempts": [result.claimed.attempts for result in results],
            "statuses": [_status(result) for result in results],
            "times": [answer.at for answer in answers],
            "durations": [answer.duration_ms for answer in answers],
            "codes": [answer.code for answer in answers],
            "bodies": [answer.body for answer in answers],
            "errors": [answer.error for answer in answers],
            "pauses": [result.pause for result in results],
        },
    )
    await _note_health(connection, results)


async def _note_health(connection: AsyncConnection, results: Sequence[Result]) -> None:
    """Store for each endpoint whether its calls fail. An endpoint works if any call succeeded."""
    well = {r.claimed.endpoint_id for r in results if r.answer.succeeded}
    failed = Counter(r.claimed.endpoint_id for r in results if r.claimed.endpoint_id not in well)
    wanted = {"failed": list(failed), "well": list(well)}
    locked = set((await connection.execute(_LOCK, wanted)).scalars())
    if recovered := well & locked:
        await connection.execute(_WELL, {"ids": list(recovered)})
    if failed:
        numbers = {"ids": list(failed), "numbers": list(failed.values())}
        await connection.execute(_FAILING, numbers)


def _status(result: Result) -> str:
    if result.answer.succeeded:
        return "delivered"
    return "failed" if result.pause is None else "pending"


async def waiting(connection: AsyncConnection) -> Waiting:
    """Count the pending deliveries to endpoints, and measure for how long the oldest one is due.

    The oldest one is sought only among due deliveries to endpoints that may be called now, and not
    among those of test organisations.
    """
    row = (await connection.execute(_WAITING)).one()
    return Waiting(row.items, float(row.oldest))
