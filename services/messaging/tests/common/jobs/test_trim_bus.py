"""Acknowledged messages are deleted from the bus."""

import pytest
from nats.js.api import StreamConfig

from deploy.local.nats import Nats
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.logins import CONSUMERS
from servicekit.db.database import Database
from services.messaging.common.jobs.trim_bus import trim_bus
from tests.fixtures.poison import recorded

pytestmark = pytest.mark.own_services


@pytest.mark.poison("messaging/trim-bus")
async def test_a_stream_that_cannot_be_trimmed_does_not_affect_other_streams(
    database: Database, own_nats: Nats
) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    await bus.stream.delete_stream("WEBHOOKS")
    await bus.stream.add_stream(StreamConfig("WEBHOOKS", subjects=["webhook.>"], deny_purge=True))
    for consumer in CONSUMERS:
        await bus.subscribe(consumer)
    await bus.publish([BusMessage(s, s, b"x") for s in ("webhook.unheard", "event.unheard.of")])
    await trim_bus(database, bus)
    held = [(await bus.stream.stream_info(name)).state.messages for name in ("WEBHOOKS", "EVENTS")]
    assert held == [1, 0]
    [failing] = await recorded(database, "trim-bus")
    assert failing.item == "WEBHOOKS"
    assert "TrimRefused" in failing.cause
    await bus.close()
