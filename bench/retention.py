"""Retention: compare the job that deletes the texts of old events with one DELETE."""

import math
import os
import subprocess
import time

import psycopg
from rich.console import Console

from bench.event_rows import Event, bring_event
from bench.machine import Usage, measured
from bench.report import Figure, memory_figure
from bench.tenant import Tenant
from deploy.local.stack import Stack

_MAX_GROWTH_MIB = 16.0
# Rows of one batch of the job in messaging.
_BATCH = 1000

_JOB = "forget-event-texts"
_SECONDS = "SELECT extract(epoch FROM finished_at - started_at) FROM job_runs WHERE name = %s"
_END = """
UPDATE events SET date = now() - interval '91 days', ends_at = NULL WHERE org_id = %s AND id = %s
"""
_DELETE_CALLBACKS = """
DELETE FROM delivery_events WHERE org_id = %(org)s AND message_id IN (
  SELECT id FROM sms_messages WHERE org_id = %(org)s AND event_id = %(event)s)
"""
_DELETE_TEXTS = "DELETE FROM sms_messages WHERE org_id = %(org)s AND event_id = %(event)s"
_LEFT = """
SELECT (SELECT count(*) FROM sms_messages WHERE org_id = %(org)s AND event_id = %(event)s),
  (SELECT count(*) FROM delivery_events AS callback WHERE org_id = %(org)s
    AND NOT EXISTS (SELECT FROM sms_messages WHERE id = callback.message_id))
"""


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Let the job delete ``count`` texts of an old event, and compare its time with one DELETE."""
    console.print(f"retention: {count:,} texts")
    event = bring_event(stack, tenant, count)
    at_once = _delete_at_once(stack, event)
    with psycopg.connect(stack.postgres.url("campaigns")) as connection:
        connection.execute(_END, (tenant.org_id, event.id))
    with measured(stack) as usage:
        seconds = _run_job(stack)
    _prove(stack, event)
    batches = math.ceil(count / _BATCH)
    console.print(f"  {batches} batches, {seconds / batches * 1000:.0f} ms each")
    usage.print(console)
    return _figures(count, usage, seconds, at_once)


def _figures(count: int, usage: Usage, seconds: float, at_once: float) -> list[Figure]:
    """Return the figures of deleting ``count`` texts.

    ``seconds`` is the job's time, ``at_once`` the time of one DELETE.
    """
    return [
        Figure(
            "retention, texts deleted per second",
            f"{count / seconds:,.0f}",
            f"{count / at_once:,.0f}",
            at_once / seconds,
            0.10,
        ),
        memory_figure("retention", max(usage.growth.values()), _MAX_GROWTH_MIB),
    ]


def _run_job(stack: Stack) -> float:
    """Run the job from the command line, as an operator does.

    Return the seconds that the job took, without the start of its process.
    """
    serving = stack.process("campaigns").command
    argv = (*serving.argv[: serving.argv.index("serve")], "job", _JOB)
    subprocess.run(argv, env={**os.environ, **serving.env}, cwd=serving.cwd, check=True)
    with psycopg.connect(stack.postgres.url("campaigns")) as connection:
        row = connection.execute(_SECONDS, (_JOB,)).fetchone()
    if row is None:
        raise RuntimeError("the job did not run")
    return float(row[0])


def _delete_at_once(stack: Stack, event: Event) -> float:
    """Return the seconds of deleting the same rows in one transaction, which is rolled back."""
    with psycopg.connect(stack.postgres.url("messaging")) as connection:
        started = time.perf_counter()
        for statement in (_DELETE_CALLBACKS, _DELETE_TEXTS):
            connection.execute(statement, _whose(event))
        seconds = time.perf_counter() - started
        connection.rollback()
    return seconds


def _prove(stack: Stack, event: Event) -> None:
    """Raise an error unless all rows of the event were deleted."""
    with psycopg.connect(stack.postgres.url("messaging")) as connection:
        left = connection.execute(_LEFT, _whose(event)).fetchone()
    if left != (0, 0):
        raise RuntimeError(f"texts and callbacks that are left: {left}")


def _whose(event: Event) -> dict[str, str]:
    return {"org": event.tenant.org_id, "event": event.id}
