"""A process with many streams ends them when it is told to stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from services.gateway.domain.stream_tickets import TicketCodec
from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import Client, Member
from services.gateway.tests.stream.reading import EventStream, opened, ticket_of
from services.gateway.tests.test_process import ROOT
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening
from tests.fixtures.waiting import wait_until_sync

STREAMS = 200
GRACE_SECONDS = 6
ENDED_WITHIN = 30.0  # on a busy machine


@contextmanager
def process(
    settings: GatewaySettings, log: Path
) -> Iterator["tuple[subprocess.Popen[bytes], str]"]:
    """Run a live-stream process until it is ready. Yield it with its address."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "NATS_URL": settings.nats_url.get_secret_value(),
        "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
        "OPS_LISTEN": listening(),
        "HTTP_LISTEN": listening(),
        "PUBLIC_APP_URL": settings.public_app_url,
        "POOL_SIZE": "2",
        "GRACE_SECONDS": str(GRACE_SECONDS),
        "STREAMS_PER_USER": "1000",
    }
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "services.gateway", "stream"],
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def ready() -> bool:
        assert started.poll() is None, log.read_text()
        try:
            return httpx.get(f"http://{env['OPS_LISTEN']}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_until_sync(ready, message="stream ready")
        yield started, f"http://{env['HTTP_LISTEN']}/api/stream"
    finally:
        if started.poll() is None:
            started.kill()
            started.wait(10)


@pytest.fixture
def tickets(settings: GatewaySettings, client: Client, member: Member) -> list[str]:
    """Return a ticket of the member for each stream, made without the API and its rate limit."""
    codec = TicketCodec(settings.token_keys())
    one = codec.decode(ticket_of(client, member)["ticket"])
    expires_at = datetime.now(UTC).timestamp() + 29
    return [codec.encode(replace(one, id=uuid4(), expires_at=expires_at)) for _ in range(STREAMS)]


def test_a_stopping_process_ends_two_hundred_streams(
    settings: GatewaySettings, tmp_path: Path, tickets: list[str]
) -> None:
    log = tmp_path / "log"
    with process(settings, log) as (started, url), ExitStack() as open_streams:
        with ThreadPoolExecutor(20) as opening:
            streams = list(
                opening.map(lambda ticket: open_streams.enter_context(opened(url, ticket)), tickets)
            )
        started.send_signal(signal.SIGTERM)
        last = [last_event(stream) for stream in streams]
        assert {event["reason"] for event in last} == {"server_stops"}
        assert len({event["afterMilliseconds"] for event in last}) > STREAMS / 4
        assert started.wait(ENDED_WITHIN) == 0, log.read_text()
    assert "ERROR" not in log.read_text().upper().replace("BUS_ERROR", "")


def last_event(stream: EventStream) -> dict[str, object]:
    *_, last = stream
    assert last.name == "reconnect"
    return last.data
