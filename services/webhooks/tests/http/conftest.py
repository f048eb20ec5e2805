"""Fixtures for tests of refused requests."""

from collections.abc import AsyncIterator

import nats.errors
import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import SILENCE_SECONDS, subscribed


@pytest.fixture
async def nothing_happens(service: Service, bus: Bus) -> AsyncIterator[None]:
    """Fail if the test has added anything to the log or to the bus."""
    kept = await service.logged()
    async with subscribed(bus, "webhook.>") as messages:
        await messages.silence()  # messages of earlier tests
        yield
        with pytest.raises(nats.errors.TimeoutError):
            await messages.next(SILENCE_SECONDS)
    assert await service.logged() == kept
