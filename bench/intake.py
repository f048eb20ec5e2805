"""Intake: measure status callbacks, each of which is verified and stored before its response."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import uvloop
from rich.console import Console

from bench import load
from bench.callbacks import signed_callbacks
from bench.machine import cpu_measured
from bench.report import Figure
from bench.tenant import Tenant
from deploy.local.ports import free_port
from deploy.local.stack import Stack
from deploy.local.waiting import wait_for

_CONNECTIONS = 32
_CRITERION = "success criterion: "
_MAX_ANSWER_MILLISECONDS = 500
_MAX_LAG_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Runs:
    """Results of one server (the platform, or Flask's hello), at full speed and at half of it.

    ``rate`` is the steady rate: requests per second until the last request is answered and handled.
    ``alone`` are the responses at half that rate while the service that handles the requests is
    frozen.
    """

    flat_out: load.Answers
    rate: float
    alone: load.Answers
    paced: load.Answers


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Send ``count`` callbacks of dispatched messages, compared with Flask's hello."""
    console.print(f"intake: {count:,} callbacks")
    requests = signed_callbacks(stack, tenant, count)
    _grow_old(stack)
    before = _applied(stack, tenant)
    ours = _bring(stack, requests, console)
    lag = _lag(stack, len(ours.paced.latencies))
    processed = (_applied(stack, tenant) - before) / len(requests)
    criteria = _criteria(ours, processed, lag.slowest)
    with _hello() as port:
        hello = _run("127.0.0.1", port, [load.post("/hello", b"a=1")] * len(requests))
    return _figures(ours, hello, lag.p99) + criteria


def _bring(stack: Stack, requests: list[bytes], console: Console) -> _Runs:
    target = urlsplit(stack.webhooks_url)
    with cpu_measured(stack) as usage:
        ours = _run(
            str(target.hostname),
            int(target.port or 80),
            requests,
            settle=lambda: _wait_until_applied(stack),
            idle=lambda: _standing_still(stack, "messaging"),
        )
    usage.print(console)
    if ours.flat_out.refused or ours.alone.refused or ours.paced.refused:
        raise RuntimeError("callbacks were refused")
    return ours


def _run(
    host: str,
    port: int,
    requests: list[bytes],
    settle: Callable[[], None] = lambda: None,
    idle: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> _Runs:
    third = len(requests) // 3
    started = time.perf_counter()
    flat_out = uvloop.run(load.flat_out(host, port, requests[:third], _CONNECTIONS))
    settle()
    rate = third / (time.perf_counter() - started)

    def at_half_rate(some: list[bytes]) -> load.Answers:
        return uvloop.run(load.at_rate(host, port, some, rate / 2, _CONNECTIONS))

    with idle():
        alone = at_half_rate(requests[third : 2 * third])
    settle()
    paced = at_half_rate(requests[2 * third :])
    settle()
    return _Runs(flat_out, rate, alone, paced)


@contextmanager
def _standing_still(stack: Stack, name: str) -> Iterator[None]:
    """Freeze a service (SIGSTOP) until the ``with`` block ends."""
    leader = psutil.Process(stack.process(name).pid)
    family = [leader, *leader.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()


def _figures(ours: _Runs, hello: _Runs, lag: float) -> list[Figure]:
    hello_p99 = hello.paced.percentile(0.99)

    def p99(name: str, answers: load.Answers) -> Figure:
        taken = answers.percentile(0.99)
        ratio = taken / hello_p99
        texts = f"{taken * 1000:.1f}", f"{hello_p99 * 1000:.1f}"
        return Figure(name, *texts, ratio, 3, at_most=True)

    return [
        Figure(
            "callbacks taken in and applied, per second",
            f"{ours.rate:,.0f}",
            f"{hello.rate:,.0f}",
            ours.rate / hello.rate,
            0.35,
        ),
        p99("p99 of their answers at half that rate, ms", ours.alone),
        p99("the same while their statuses are applied, ms", ours.paced),
        Figure("callback to status applied, p99, s", f"{lag:.2f}", "1.00", lag, 1, at_most=True),
    ]


def _criteria(ours: _Runs, processed: float, slowest: float) -> list[Figure]:
    """Return the figures for the success criteria in the SMS history's specification."""
    runs = (ours.flat_out, ours.alone, ours.paced)
    p99 = max(answers.percentile(0.99) for answers in runs)
    limits = (
        ("webhook answered under load, p99 ms", p99 * 1000, _MAX_ANSWER_MILLISECONDS),
        ("webhook to status applied, slowest, s", slowest, _MAX_LAG_SECONDS),
    )
    return [
        *(
            Figure(_CRITERION + name, f"{taken:.2f}", f"{limit:g}", taken / limit, 1, at_most=True)
            for name, taken, limit in limits
        ),
        Figure(
            _CRITERION + "share of the webhooks that were processed",
            f"{processed:.2%}",
            "100%",
            processed,
            1,
        ),
    ]


def _grow_old(stack: Stack) -> None:
    """Make Postgres reuse old files of its write-ahead log, as a server does after an hour."""
    with psycopg.connect(stack.postgres.url(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


@contextmanager
def _hello() -> Iterator[int]:
    """Serve Flask's hello under gunicorn, as the gateway runs it."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread"),
        *("--workers", "1", "--threads", "16", "--bind", f"127.0.0.1:{port}"),
        *("--keep-alive", "5", "--log-level", "error", "bench.hello:app"),
    ]
    server = subprocess.Popen(command)
    try:
        wait_for("an answer of the server to compare with", lambda: _answers(port), 60)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.post(f"http://127.0.0.1:{port}/hello").is_success
    except httpx.TransportError:
        return False


def _wait_until_applied(stack: Stack) -> None:
    def applied() -> bool:
        with psycopg.connect(stack.database_urls["webhooks"]) as connection:
            connection.execute("SELECT set_config('app.scope', 'system', false)")
            row = connection.execute(
                "SELECT count(*) FROM webhook_logs WHERE processed_at IS NULL"
            ).fetchone()
        return row is not None and row[0] == 0

    wait_for("the handling of all callbacks", applied, 120)


def _applied(stack: Stack, tenant: Tenant) -> int:
    """Count the callbacks that were applied: each has added an entry to its message's timeline."""
    with psycopg.connect(stack.database_urls["messaging"]) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        row = connection.execute(
            "SELECT count(*) FROM delivery_events"
            " WHERE org_id = %s AND event_type IN ('sent', 'delivered')",
            (tenant.org_id,),
        ).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class _Lag:
    """Seconds from a callback's arrival to its status being applied."""

    p99: float
    slowest: float


def _lag(stack: Stack, last: int) -> _Lag:
    """Measure the lag of the latest ``last`` callbacks with the status "delivered"."""
    with psycopg.connect(stack.database_urls["messaging"]) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        row = connection.execute(
            "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY lag), max(lag) FROM ("
            " SELECT extract(epoch FROM message.status_updated_at - event.received_at) AS lag"
            " FROM delivery_events AS event JOIN sms_messages AS message"
            " ON message.id = event.message_id AND message.status = event.event_type"
            " WHERE event.event_type = 'delivered' ORDER BY event.id DESC LIMIT %s) AS applied",
            (last,),
        ).fetchone()
    if row is None or row[0] is None:
        return _Lag(float("inf"), float("inf"))
    return _Lag(float(row[0]), float(row[1]))
