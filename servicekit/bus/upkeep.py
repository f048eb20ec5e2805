"""Make missing streams and consumers, and leave the settings of the others as they are.

Operators choose sizes and ages. Only settings that the platform can't work without are changed: the
subjects of a stream, and what a full stream does (it refuses new messages and keeps the old ones).
A stream with fewer replicas than BUS_REPLICAS gets more; one with more keeps them. A setting that
can't be changed is reported by log and metric, and the process continues.
"""

import json
from collections.abc import Iterator
from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    ConsumerConfig,
    DiscardPolicy,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError
from prometheus_client import Gauge

from servicekit.bus.streams import Consumer

log = structlog.get_logger()

AT_FAULT = Gauge(
    "smsblaster_bus_streams_at_fault",
    "1 where a stream is not as the platform needs it",
    ["stream"],
)
CONSUMERS_AT_FAULT = Gauge(
    "smsblaster_bus_consumers_at_fault",
    "1 where a consumer is not as the platform needs it",
    ["consumer"],
)

_SECONDS = 5.0


class ConsumerRefused(NatsError):
    """The server refuses to make this consumer."""


async def ensure(
    client: Client, manager: JetStreamContext, wanted: StreamConfig, *, may_change: bool
) -> None:
    """Make the stream ``wanted`` if it is missing, or change the settings that must be changed.

    Only a process with ``may_change`` changes a stream that exists. Raises an error if JetStream
    can't be reached.
    """
    fault: str | None = None
    try:
        fault = await _ensure(client, manager, wanted, may_change)
    except ServiceUnavailableError:
        raise
    except APIError as error:
        fault = str(error)
    AT_FAULT.labels(wanted.name).set(fault is not None)
    if fault is not None:
        log.error("bus_stream_at_fault", stream=wanted.name, fault=fault)


async def ensure_consumer(manager: JetStreamContext, consumer: Consumer) -> None:
    """Make the consumer if it is missing; change it if its subject or its ``ack_wait`` differs.

    A consumer that can't be changed is used as it is. Raises ``NotFoundError`` if its stream is
    missing, ``ConsumerRefused`` if the consumer is missing and can't be made, and another error if
    JetStream can't be reached.
    """
    found = await _find_consumer(manager, consumer)
    wanted = _wanted(found, consumer)
    refusal: APIError | None = None
    try:
        if wanted != found:
            await manager.add_consumer(consumer.stream, wanted)
    except (ServiceUnavailableError, NotFoundError):
        raise
    except APIError as error:
        refusal = error
    CONSUMERS_AT_FAULT.labels(consumer.name).set(refusal is not None)
    if refusal is not None:
        log.error("bus_consumer_at_fault", consumer=consumer.name, fault=str(refusal))
        if found is None:
            raise ConsumerRefused(str(refusal)) from refusal


async def _find_consumer(manager: JetStreamContext, consumer: Consumer) -> ConsumerConfig | None:
    try:
        found: ConsumerConfig = (await manager.consumer_info(consumer.stream, consumer.name)).config
    except NotFoundError:  # or its stream is missing, and then the next call fails as well
        return None
    return found


def _wanted(found: ConsumerConfig | None, consumer: Consumer) -> ConsumerConfig:
    """Return the consumer's present configuration, with the values that the platform needs."""
    wanted = consumer.config()
    if found is None:
        return wanted
    return found.evolve(
        name=consumer.name,
        filter_subject=wanted.filter_subject,
        filter_subjects=None,
        ack_policy=wanted.ack_policy,
        ack_wait=wanted.ack_wait,
        max_deliver=wanted.max_deliver,
        max_ack_pending=wanted.max_ack_pending,
    )


async def _ensure(
    client: Client, manager: JetStreamContext, wanted: StreamConfig, may_change: bool
) -> str | None:
    """Make or change the stream.

    Return a description of a wrong setting that can't be changed, or None.
    """
    try:
        found = (await manager.stream_info(str(wanted.name))).config
    except NotFoundError:
        await manager.add_stream(wanted)
        return None
    if wanted.retention is not None and found.retention != wanted.retention:
        return f"its retention is {found.retention} and should be {wanted.retention.value}"
    for changes in _changes(found, wanted) if may_change else ():
        await _change(client, str(wanted.name), changes)
        log.info("bus_stream_changed", stream=wanted.name, **changes)
    return None


def _changes(found: StreamConfig, wanted: StreamConfig) -> Iterator[dict[str, Any]]:
    """Yield the settings of a stream that must be changed, with their new values.

    The replicas are a change of their own, after the others, because too few servers refuse it.
    """
    changes: dict[str, Any] = {}
    needed, there = wanted.subjects or [], found.subjects or []
    if not all(any(_covers(wide, subject) for wide in there) for subject in needed):
        others = [s for s in there if not any(_covers(wide, s) for wide in needed)]
        changes["subjects"] = [*others, *needed]
    if wanted.discard is DiscardPolicy.NEW and found.discard != DiscardPolicy.NEW:
        changes["discard"] = DiscardPolicy.NEW.value
    if changes:
        yield changes
    if (wanted.num_replicas or 1) > (found.num_replicas or 1):
        yield {"num_replicas": wanted.num_replicas}


def _covers(wide: str, subject: str) -> bool:
    """Tell whether ``wide`` matches all that ``subject`` matches; both may have wildcards."""
    wanted, got = wide.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(got) <= len(wanted):
            return False
    elif len(got) != len(wanted):
        return False
    return all(w in ("*", g) and g != ">" for w, g in zip(wanted, got, strict=False))


async def _change(client: Client, name: str, changes: dict[str, Any]) -> None:
    """Change a stream and keep its other settings, even those that the client does not know."""
    info = await client.request(f"$JS.API.STREAM.INFO.{name}", timeout=_SECONDS)
    config = json.loads(info.data)["config"] | changes
    answer = await client.request(
        f"$JS.API.STREAM.UPDATE.{name}", json.dumps(config).encode(), timeout=_SECONDS
    )
    error = json.loads(answer.data).get("error")
    if error:
        APIError.from_error(error)
