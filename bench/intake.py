"""Intake: status callbacks, each verified and kept before it is answered."""

import base64
import hashlib
import hmac
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import httpx
import psycopg
import uvloop
from rich.console import Console

from bench import load
from bench.machine import measured
from bench.report import Figure
from bench.tenant import Tenant, until
from deploy.local.ports import free_port
from deploy.local.stack import Stack

_CONNECTIONS = 32


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Bring ``count`` callbacks of messages that were dispatched before, beside Flask's hello."""
    console.print(f"intake: {count:,} callbacks")
    requests = _callbacks(stack, tenant, count)
    target = urlsplit(stack.webhooks_url)
    host, port = str(target.hostname), int(target.port or 80)
    half = len(requests) // 2
    with measured(stack) as usage:
        ours = uvloop.run(
            load.flat_out(
                str(target.hostname), int(target.port or 80), requests[:half], _CONNECTIONS
            )
        )
    _require_none_refused(ours)
    console.print("  CPU-s " + ", ".join(f"{n} {s:.1f}" for n, s in sorted(usage.cpu.items())))
    with _hello() as hello_port:
        hello_requests = [load.post("/hello", b"a=1")] * half
        hello = uvloop.run(load.flat_out("127.0.0.1", hello_port, hello_requests, _CONNECTIONS))
        hello_paced = uvloop.run(
            load.at_rate("127.0.0.1", hello_port, hello_requests, hello.rate / 2, _CONNECTIONS)
        )
    _wait_until_applied(stack)
    paced = uvloop.run(load.at_rate(host, port, requests[half:], ours.rate / 2, _CONNECTIONS))
    _require_none_refused(paced)
    _wait_until_applied(stack)
    lag = _lag(stack, half)
    p99, hello_p99 = paced.percentile(0.99), hello_paced.percentile(0.99)
    return [
        Figure(
            "callbacks taken in, per second",
            f"{ours.rate:,.0f}",
            f"{hello.rate:,.0f}",
            ours.rate / hello.rate,
            0.35,
        ),
        Figure(
            "their p99 at half that rate, ms",
            f"{p99 * 1000:.1f}",
            f"{hello_p99 * 1000:.1f}",
            p99 / hello_p99,
            3,
            at_most=True,
        ),
        Figure("callback to status applied, p99, s", f"{lag:.2f}", "1.00", lag, 1, at_most=True),
    ]


def _callbacks(stack: Stack, tenant: Tenant, count: int) -> list[bytes]:
    secrets = stack.secrets
    account = httpx.get(
        f"{tenant.simulator}/api.twilio.com/2010-04-01/Accounts/{tenant.account_sid}.json",
        auth=(secrets.twilio_account_sid, secrets.twilio_auth_token),
    ).json()
    with psycopg.connect(stack.database_urls["messaging"]) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        rows = connection.execute(
            "SELECT id, provider_sid, to_number FROM sms_messages"
            " WHERE org_id = %s AND provider_sid IS NOT NULL ORDER BY id LIMIT %s",
            (tenant.org_id, count // 2),
        ).fetchall()
    token = account["auth_token"].encode()
    return [
        _signed(stack.webhooks_url, token, tenant.account_sid, row, status)
        for status in ("sent", "delivered")
        for row in rows
    ]


def _signed(
    base: str, token: bytes, account_sid: str, message: tuple[str, str, str], status: str
) -> bytes:
    message_id, sid, to = message
    path = f"/api/webhooks/twilio-status/{message_id}"
    form = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": "+14155550100",
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "To": to,
    }
    signed = base + path + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(token, signed.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    return load.post(path, urlencode(form).encode(), {"X-Twilio-Signature": signature})


@contextmanager
def _hello() -> Iterator[int]:
    """Flask's hello under the server and with the settings of the webhooks service."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread"),
        *("--workers", "1", "--threads", "16", "--bind", f"127.0.0.1:{port}"),
        *("--keep-alive", "5", "--log-level", "error", "bench.hello:app"),
    ]
    server = subprocess.Popen(command)
    try:
        until(lambda: _answers(port))
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

    until(applied, 120)


def _lag(stack: Stack, last: int) -> float:
    """Seconds from a callback's arrival to its status being applied, p99 of the last ones."""
    with psycopg.connect(stack.database_urls["messaging"]) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        row = connection.execute(
            "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY lag) FROM ("
            " SELECT extract(epoch FROM message.status_updated_at - event.received_at) AS lag"
            " FROM delivery_events AS event JOIN sms_messages AS message"
            " ON message.id = event.message_id AND message.status = event.event_type"
            " WHERE event.event_type = 'delivered' ORDER BY event.id DESC LIMIT %s) AS applied",
            (last,),
        ).fetchone()
    return float(row[0]) if row and row[0] is not None else float("inf")


def _require_none_refused(answers: load.Answers) -> None:
    if answers.refused:
        raise RuntimeError(f"{answers.refused} callbacks were refused")
