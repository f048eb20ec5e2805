"""Fixtures: a live stream in this process, and a service database whose commits cause hints."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

import httpx
import pytest

from servicekit import hints
from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from servicekit.hints import Hint, Topic
from servicekit.web.loop_thread import LoopThread
from services.gateway.settings import GatewaySettings, StreamSettings
from services.gateway.stream.app import application
from services.gateway.tests.members import Client, Member, sign_up
from services.gateway.tests.stream.reading import EventStream, opened, ticket_of
from tests.fixtures.asgi_server import asgi_server
from tests.fixtures.running import listening

Open = Callable[..., AbstractContextManager[EventStream]]
Commit = Callable[..., None]


def stream_settings(settings: GatewaySettings, **changes: object) -> StreamSettings:
    """Return the settings of a live-stream process that belongs to the gateway."""
    shared = settings.model_dump(include=set(StreamSettings.model_fields))
    own = {"ops_listen": listening(), "http_listen": listening(), "streams_per_user": 4}
    return StreamSettings(**{**shared, **own, **changes})


@contextmanager
def streaming(settings: StreamSettings) -> Iterator[str]:
    """Serve the live stream in a thread of this process, and yield its address."""
    from pathlib import Path

    with asgi_server(application(settings, Path()), settings.pace()) as url:
        yield f"{url}/api/stream"


@pytest.fixture(scope="session")
def stream_url(
    settings: GatewaySettings, gateway_url: str, bus: Bus, loop: LoopThread
) -> Iterator[str]:
    with streaming(stream_settings(settings)) as url:
        _wait_until_settled(url, gateway_url, bus, loop)
        yield url


def _wait_until_settled(url: str, gateway_url: str, bus: Bus, loop: LoopThread) -> None:
    """Wait until no more `resync` comes from the starts of the stream and of the publisher.

    Both send a `resync` to all browsers when they start. A test that began earlier would get it in
    place of its own hints.
    """
    with httpx.Client(base_url=gateway_url, timeout=60) as client:
        member = sign_up(client)
        probe = Hint(UUID(member.org_id), Topic.CAMPAIGN)
        with opened(url, ticket_of(client, member)["ticket"]) as stream:
            stream.next()
            loop.loop.call_soon_threadsafe(bus.hints.tell_gap)
            while stream.next().name != "hint":
                loop.loop.call_soon_threadsafe(bus.hints.add, [probe])


@pytest.fixture
def open_stream(stream_url: str, client: Client) -> Open:
    """Open the live stream of a member, beginning after the event `last_event_id`."""

    def start(member: Member, last_event_id: str = "") -> AbstractContextManager[EventStream]:
        return opened(stream_url, ticket_of(client, member)["ticket"], last_event_id)

    return start


@pytest.fixture(scope="session")
def bus(loop: LoopThread, settings: GatewaySettings) -> Iterator[Bus]:
    bus = loop.run(Bus.connect(settings.nats_url.get_secret_value(), "hints"))
    yield bus
    loop.run(bus.close())


@pytest.fixture
def commit(loop: LoopThread, bus: Bus, settings: GatewaySettings) -> Iterator[Commit]:
    """Commit a transaction with hints about changed objects. With `fails`, roll it back instead."""
    database = loop.run(_database(settings, bus))

    async def transaction(org_id: str, noted: tuple[Hint, ...], fails: bool) -> None:
        async with database.org(UUID(org_id)) as connection:
            hints.note(connection, *noted)
            if fails:
                raise RuntimeError

    def act(org_id: str, *noted: Hint, fails: bool = False) -> None:
        loop.run(transaction(org_id, noted, fails))

    yield act
    loop.run(database.close())


async def _database(settings: GatewaySettings, bus: Bus) -> Database:
    database = Database(settings.database_url.get_secret_value(), 1)
    database.pass_on = bus.hints.add
    return database
