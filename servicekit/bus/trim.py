"""Delete messages that every consumer has acknowledged."""

from collections.abc import Sequence

import structlog
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, RetentionPolicy
from nats.js.errors import APIError, ServiceUnavailableError
from prometheus_client import Gauge

from servicekit.bus.logins import CONSUMERS
from servicekit.bus.streams import STREAMS

log = structlog.get_logger()

TRIMMED = tuple(str(s.name) for s in STREAMS if s.retention is RetentionPolicy.LIMITS)
"""Streams that keep messages after they were acknowledged."""

BYTES = Gauge("smsblaster_bus_stream_bytes", "Bytes that a stream of the bus holds", ["stream"])

PENDING = Gauge(
    "smsblaster_bus_consumer_pending_messages",
    "Messages that a consumer has not been given yet",
    ["consumer"],
)
UNACKNOWLEDGED = Gauge(
    "smsblaster_bus_consumer_unacknowledged_messages",
    "Messages that a consumer was given and has not acknowledged",
    ["consumer"],
)
MEASURED = Gauge(
    "smsblaster_bus_measured_timestamp_seconds",
    "When this process last measured the streams and consumers of the bus",
)


class TrimRefused(Exception):
    """The server refuses to delete messages from this stream."""


async def delete_acknowledged(manager: JetStreamContext, stream: str) -> None:
    """Delete the messages of ``stream`` that no consumer needs.

    Nothing is deleted while a consumer of the stream is missing, because it may be created later
    and then need the messages. Raises ``TrimRefused``, or one of ``BUS_ERRORS`` if the bus can't be
    reached.
    """
    try:
        await _delete_acknowledged(manager, stream)
    except ServiceUnavailableError:
        raise
    except APIError as error:
        raise TrimRefused(str(error)) from error


async def _delete_acknowledged(manager: JetStreamContext, stream: str) -> None:
    state = (await manager.stream_info(stream)).state
    BYTES.labels(stream).set(state.bytes)
    consumers = await _consumers(manager, stream)
    for consumer in consumers:
        PENDING.labels(consumer.name).set(consumer.num_pending or 0)
        UNACKNOWLEDGED.labels(consumer.name).set(consumer.num_ack_pending or 0)
    MEASURED.set_to_current_time()
    missing = {c.name for c in CONSUMERS if c.stream == stream} - {c.name for c in consumers}
    if missing:
        log.warning("bus_consumers_missing", stream=stream, consumers=sorted(missing))
        return
    done = min(_done_up_to(consumer, state.last_seq) for consumer in consumers)
    if done >= state.first_seq:
        await manager.purge_stream(stream, seq=done + 1)


async def _consumers(manager: JetStreamContext, stream: str) -> Sequence[ConsumerInfo]:
    consumers: list[ConsumerInfo] = []
    while page := await manager.consumers_info(stream, offset=len(consumers)):
        consumers += page
    return consumers


def _done_up_to(consumer: ConsumerInfo, last: int) -> int:
    """Return the stream's number of the last message that the consumer no longer needs.

    ``last`` is the sequence number that the stream's last message had before we asked about the
    consumer.
    """
    if consumer.num_ack_pending or not consumer.delivered:
        return consumer.ack_floor.stream_seq if consumer.ack_floor else 0
    return consumer.delivered.stream_seq if consumer.num_pending else last
