"""What every attack is held to."""

from collections.abc import AsyncIterator

import nats.errors
import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.listening import SILENCE_SECONDS, heard
from services.webhooks.tests.serving import Service


@pytest.fixture
async def nothing_happens(service: Service, bus: Bus) -> AsyncIterator[None]:
    """Fails where the test leaves anything in the log or on the bus."""
    kept = await service.logged()
    async with heard(bus, "webhook.>") as messages:
        await messages.silence()  # what tests before this one left is told a moment later
        yield
        with pytest.raises(nats.errors.TimeoutError):
            await messages.next(SILENCE_SECONDS)
    assert await service.logged() == kept
