"""Looking after the streams: those that are missing are made, the others stay as they were set.

Replicas, sizes and ages are the operator's. Only what the platform can't work without is changed:
the subjects of a stream, and that a full stream refuses messages rather than dropping old ones.
What can't be changed is told by log and metric, and ends no process.
"""

import json
from typing import Any

import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError
from prometheus_client import Gauge

log = structlog.get_logger()

AT_FAULT = Gauge(
    "bus_streams_at_fault", "1 where a stream is not as the platform needs it", ["stream"]
)

_SECONDS = 5.0


async def ensure(client: Client, manager: JetStreamContext, wanted: StreamConfig) -> None:
    """Make the stream ``wanted`` where it is missing; mend it where it must be.

    Raises what says that JetStream is away.
    """
    fault: object = None
    try:
        fault = await _ensure(client, manager, wanted)
    except ServiceUnavailableError:
        raise
    except APIError as error:
        fault = f"{error.code} {error.err_code} {error.description}"
    AT_FAULT.labels(wanted.name).set(fault is not None)
    if fault is not None:
        log.error("bus_stream_at_fault", stream=wanted.name, fault=fault)


async def _ensure(client: Client, manager: JetStreamContext, wanted: StreamConfig) -> str | None:
    """Make or mend the stream; what is wrong with it and stays so."""
    try:
        found = (await manager.stream_info(str(wanted.name))).config
    except NotFoundError:
        await manager.add_stream(wanted)
        return None
    if changes := _changes(found, wanted):
        await _change(client, str(wanted.name), changes)
        log.info("bus_stream_changed", stream=wanted.name, **changes)
    if found.retention != wanted.retention:
        return f"its retention is {found.retention} and can't be made {wanted.retention}"
    return None


def _changes(found: StreamConfig, wanted: StreamConfig) -> dict[str, Any]:
    """What must be changed of a stream as it was found."""
    changes: dict[str, Any] = {}
    missing = set(wanted.subjects or ()) - set(found.subjects or ())
    if missing:
        changes["subjects"] = [*(found.subjects or ()), *sorted(missing)]
    if wanted.discard is DiscardPolicy.NEW and found.discard != DiscardPolicy.NEW:
        changes["discard"] = DiscardPolicy.NEW.value
    return changes


async def _change(client: Client, name: str, changes: dict[str, Any]) -> None:
    """Change a stream and leave all else as it is, also what the client knows nothing of."""
    info = await client.request(f"$JS.API.STREAM.INFO.{name}", timeout=_SECONDS)
    config = json.loads(info.data)["config"] | changes
    answer = await client.request(
        f"$JS.API.STREAM.UPDATE.{name}", json.dumps(config).encode(), timeout=_SECONDS
    )
    error = json.loads(answer.data).get("error")
    if error:
        APIError.from_error(error)
