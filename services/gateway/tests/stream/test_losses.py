"""A browser that may have missed a hint is told to fetch everything again."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import SecretStr

from deploy.local.nats import Nats
from servicekit.bus.connection import Bus
from servicekit.hints import Hint, Topic
from servicekit.ids import new_id
from servicekit.web.loop_thread import LoopThread
from services.gateway.domain.stream_tickets import StreamTicket
from services.gateway.settings import GatewaySettings
from services.gateway.stream.events import RecentEvents
from services.gateway.stream.listener import MOST_WAITING, Listener
from services.gateway.tests.members import Client, Member
from services.gateway.tests.stream.conftest import stream_settings, streaming
from services.gateway.tests.stream.reading import Event, EventStream, opened, ticket_of


@pytest.fixture
def own_stream(settings: GatewaySettings, own_nats: Nats) -> Iterator[str]:
    """Serve a live stream with a NATS server for this test alone."""
    url = SecretStr(own_nats.url)
    with streaming(stream_settings(settings, nats_url=url)) as stream:
        yield stream


def next_resync(stream: EventStream) -> Event:
    return next(event for event in stream if event.name == "resync")


def test_after_the_bus_was_killed_streams_get_a_resync(
    own_stream: str, own_nats: Nats, client: Client, member: Member
) -> None:
    with opened(own_stream, ticket_of(client, member)["ticket"]) as stream:
        assert next_resync(stream).data == {"reason": "connected"}
        own_nats.process.kill(keep_down=True)
        own_nats.start()
        assert next_resync(stream).data == {"reason": "gap"}


def test_a_stream_opened_while_the_bus_is_down_gets_a_resync_when_the_bus_is_back(
    own_stream: str, own_nats: Nats, client: Client, member: Member
) -> None:
    own_nats.process.kill(keep_down=True)
    with opened(own_stream, ticket_of(client, member)["ticket"]) as stream:
        assert next_resync(stream).data == {"reason": "connected"}
        own_nats.start()
        assert next_resync(stream).data == {"reason": "gap"}


def test_hints_that_could_not_be_published_lead_to_a_resync(
    own_stream: str, own_nats: Nats, client: Client, member: Member, loop: LoopThread
) -> None:
    hint = Hint(UUID(member.org_id), Topic.CAMPAIGN, new_id())
    with opened(own_stream, ticket_of(client, member)["ticket"]) as stream:
        next_resync(stream)
        own_nats.process.kill(keep_down=True)
        bus = loop.run(_unconnected(own_nats.url))
        loop.loop.call_soon_threadsafe(bus.hints.add, [hint])
        own_nats.start()
        assert next_resync(stream).data == {"reason": "gap"}
        loop.run(bus.close())


async def _unconnected(url: str) -> Bus:
    bus = Bus(url, "hints")
    await bus.first_try()
    return bus


def test_a_process_sends_a_resync_when_it_starts_because_earlier_hints_may_be_lost(
    own_stream: str, own_nats: Nats, client: Client, member: Member, loop: LoopThread
) -> None:
    with opened(own_stream, ticket_of(client, member)["ticket"]) as stream:
        next_resync(stream)
        bus = loop.run(Bus.connect(own_nats.url, "hints"))
        assert next_resync(stream).data == {"reason": "gap"}
        loop.run(bus.close())


def listener() -> Listener:
    now = datetime.now(UTC).timestamp()
    return Listener(StreamTicket(new_id(), new_id(), new_id(), new_id(), now))


def test_a_browser_that_reads_nothing_gets_one_resync_instead_of_all_events() -> None:
    recent, slow = RecentEvents(), listener()
    for number in range(MOST_WAITING + 1):
        slow.put(recent.add_hint(0, "campaign", new_id(), number), recent.resync)
    [only] = slow.take()
    assert b"event: resync" in only
    assert json.loads(only.split(b"data: ")[1]) == {"reason": "overflow"}


def test_if_too_many_events_wait_for_a_browser_it_gets_a_resync_and_then_only_later_events() -> (
    None
):
    recent, slow = RecentEvents(), listener()
    for _ in range(MOST_WAITING + 2):
        slow.put(recent.add_hint(0, "campaign", None, None), recent.resync)
    first, second = slow.take()
    assert b"resync" in first
    assert second == recent.since(0, recent_id_before_last(recent))[0]  # type: ignore[index]


def recent_id_before_last(recent: RecentEvents) -> str:
    name, _, number = recent.last_id.partition("-")
    return f"{name}-{int(number) - 1}"


def test_only_the_last_thousand_events_of_the_last_ten_minutes_are_kept() -> None:
    recent = RecentEvents()
    first = recent.last_id
    for _ in range(1001):
        recent.add_hint(0, "campaign", None, None)
    assert recent.since(0, first) is None
    assert len(recent.since(0, recent_id_before_last(recent)) or ()) == 1
    assert recent.since(601, recent_id_before_last(recent)) is None
    assert recent.since(601, recent.last_id) == []


def test_a_resync_replaces_the_events_before_it() -> None:
    recent = RecentEvents()
    first = recent.last_id
    recent.add_hint(0, "campaign", None, None)
    before = recent.last_id
    recent.add_resync(0, "gap")
    assert recent.since(0, first) is None
    [resync] = recent.since(0, before) or ()
    assert b"resync" in resync


async def test_waiting_for_an_event_ends_when_one_arrives_or_at_a_time_limit() -> None:
    slow = listener()
    await slow.wait(0.01)
    waiting = asyncio.create_task(slow.wait(300))
    await asyncio.sleep(0)
    slow.put(b"event", lambda _: b"")
    async with asyncio.timeout(100):
        await waiting
    slow.finish(b"end")
    slow.finish(b"other")
    with suppress(TimeoutError):
        async with asyncio.timeout(100):
            await slow.wait(300)
    assert (slow.take(), slow.last_event) == ([b"event"], b"end")
