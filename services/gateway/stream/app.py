"""Build the stream process from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from servicekit.process import background, finish
from servicekit.telemetry import build
from servicekit.telemetry.ops import OpsServer
from servicekit.web.asgi import Application, LifespanApp
from services.gateway.settings import StreamSettings
from services.gateway.stream.access import open_stream_of
from services.gateway.stream.endpoint import StreamEndpoint
from services.gateway.stream.limits import Limits
from services.gateway.stream.live_streams import LiveStreams
from services.gateway.stream.revocation import EndRevokedStreams


def application(settings: StreamSettings, _lead_lock: Path) -> Application:
    """Return the ASGI application. Call this in the worker's own process."""
    return LifespanApp(_running(settings))


@asynccontextmanager
async def _running(settings: StreamSettings) -> AsyncIterator[Application]:
    url = settings.database_url.get_secret_value()
    database = Database(url, settings.pool_size, settings.direct_url())
    bus = Bus(settings.nats_url.get_secret_value(), "stream", settings.bus_replicas)
    bus.on_gap.clear()  # this process publishes no hints, so it can't lose any
    ops = OpsServer(settings.ops_listen, {"database": database.check, "bus": bus.check})
    await ops.start()
    limits = Limits(
        per_user=settings.streams_per_user,
        per_org=settings.streams_per_org,
        in_all=settings.streams,
        seconds=settings.stream_seconds,
    )
    streams = LiveStreams(bus, limits)
    open_stream = open_stream_of(database, settings)
    loops = [
        background(streams.keep(), "streams"),
        background(EndRevokedStreams(streams, open_stream).run(), "revocation"),
    ]
    await bus.first_try()
    build.tell("stream")
    ops.open()
    yield StreamEndpoint(streams, open_stream, limits, settings.origins())
    ops.drain()
    for loop in loops:
        await finish(loop, 1)
    await bus.close()
    await database.close()
    await ops.close()
