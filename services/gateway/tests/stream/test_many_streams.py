"""A process with many streams ends them when it is told to stop."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from services.gateway.domain.stream_tickets import TicketCodec
from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import Client, Member
from services.gateway.tests.stream.reading import EventStream, opened, ticket_of
from tests.fixtures.commands import Started, forked, wait_until_ready
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening

STREAMS = 200
GRACE_SECONDS = 6


@contextmanager
def process(settings: GatewaySettings, log: Path) -> Iterator[tuple[Started, str]]:
    """Run a live-stream process until it is ready. Yield it with its address."""
    env = {
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
    with forked("services.gateway", "stream", env=env, log=log) as started:
        wait_until_ready(started, env["OPS_LISTEN"], log)
        yield started, f"http://{env['HTTP_LISTEN']}/api/stream"


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
        assert started.wait() == 0, log.read_text()
    assert "ERROR" not in log.read_text().upper().replace("BUS_ERROR", "")


def last_event(stream: EventStream) -> dict[str, object]:
    *_, last = stream
    assert last.name == "reconnect"
    return last.data
