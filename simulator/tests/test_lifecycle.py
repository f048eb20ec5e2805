"""Messages wait while too many callbacks are queued, so that memory stays limited."""

import asyncio
from pathlib import Path

import pytest

from simulator.app import assemble
from simulator.clock import now_ms
from simulator.outbound import Delivery
from simulator.settings import Behaviour, Settings
from simulator.tests.conftest import eventually
from simulator.twilio import message_rows
from simulator.twilio.callbacks import BACKLOG
from simulator.twilio.message_rows import new_message_sid
from simulator.twilio.models import Message

AT_ONCE = Behaviour(queued_delay_ms=(0, 0), sent_delay_ms=(0, 0), final_delay_ms=(0, 0))


def a_queued_message(settings: Settings) -> Message:
    """Return a new message with the status `queued`, which is not in the database."""
    return Message(
        id=1,
        sid=new_message_sid(1, "SM"),
        account_sid=settings.twilio_account_sid,
        direction="outbound-api",
        from_number="+15005550006",
        to_number="+12125540123",
        body="hi",
        messaging_service_sid=None,
        status_callback=None,
        status="queued",
        num_segments=1,
        requested_at=now_ms(),
        updated_at=now_ms(),
    )


async def test_a_message_waits_while_too_many_callbacks_are_queued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path))
    settings = Settings()
    simulation = assemble(settings, AT_ONCE)
    lifecycle, outbound = simulation.lifecycle, simulation.outbound
    callback = Delivery("twilio", "SM1", "http://127.0.0.1:1/", b"", {})
    for _ in range(BACKLOG + 1):
        outbound.submit(callback)
    message = a_queued_message(settings)
    await simulation.store.commit([message_rows.insertion(message)])
    runner = asyncio.create_task(lifecycle.run())
    lifecycle.begin(message)

    async def is_parked() -> bool:
        return len(lifecycle._parked) == 1

    async def is_delivered() -> bool:
        return message.status == "delivered"

    await eventually(is_parked)
    assert message.status == "queued"
    outbound.clear()
    await eventually(is_delivered)
    stored = message_rows.find(simulation.store, message.account_sid, message.sid)
    assert stored is not None
    assert stored.status == "delivered"
    runner.cancel()
    simulation.store.close()
