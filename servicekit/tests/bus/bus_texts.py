"""Read the messages that the bus has stored and the outbox's unpublished rows."""

from collections.abc import Sequence
from uuid import uuid4

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.connection import Bus
from servicekit.bus.outbox import announce, outbox
from servicekit.db.database import Database
from smsblaster.webhooks.v1 import events_pb2


def fresh_subject() -> str:
    """Return a subject in the stream EVENTS that no other test uses."""
    return f"event.kit.{uuid4().hex}"


def payload_with(text: str) -> events_pb2.DeadLettered:
    """Return a message payload that contains ``text``."""
    return events_pb2.DeadLettered(error=text)


def text_of(payload: bytes) -> str:
    return events_pb2.DeadLettered.FromString(payload).error


async def announce_texts(connection: AsyncConnection, subject: str, texts: Sequence[str]) -> None:
    await announce(connection, *((subject, payload_with(text)) for text in texts))


async def stored_texts(bus: Bus, subject: str, count: int) -> list[str]:
    """Wait until the bus has ``count`` texts on ``subject``, and return all of them in order."""
    reader = ConsumerConfig(
        name=uuid4().hex,
        filter_subject=subject,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=60,
    )
    info = await bus.stream.add_consumer("EVENTS", reader)
    subscription = await bus.stream.pull_subscribe_bind(info.name, "EVENTS")
    messages: list[Msg] = []
    while len(messages) < count:
        messages += await subscription.fetch(count - len(messages), timeout=100)
    left = (await subscription.consumer_info()).num_pending
    if left:
        messages += await subscription.fetch(left, timeout=100)
    await subscription.unsubscribe()
    return [text_of(message.data) for message in messages]


async def unpublished(database: Database) -> int:
    """Count the outbox rows that are not published yet."""
    async with database.system() as connection:
        rows = await connection.execute(select(outbox.c.id).where(outbox.c.published_at.is_(None)))
        return len(rows.all())
