"""Live streams: the memory that many of them use, how soon they get a hint, and how they end."""

import asyncio
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import jwt
import psutil
from rich.console import Console

from bench.machine import processes
from bench.report import Figure
from bench.tenant import Tenant
from deploy.local.stack import Stack
from servicekit.bus.connection import Bus
from servicekit.call_settings import token_keys_of
from servicekit.hints import Hint, Topic
from services.gateway.domain.stream_tickets import LIFETIME, StreamTicket, TicketCodec

_MOST_MIB = 200.0
_MOST_SECONDS = 2.0
_PER_ORGANISATION = 4
_OPENED_AT_ONCE = 20
_WAIT_SECONDS = 60.0


@dataclass(slots=True)
class _Stream:
    """An open stream.

    ``heard_at`` is the time at which its first hint came, and ``heard`` is set at that time.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard_at: float = 0.0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Read until the stream ends."""
        with suppress(ConnectionError):
            while piece := await self.reader.read(4096):
                if b"event: hint" in piece and not self.heard_at:
                    self.heard_at = time.perf_counter()
                    self.heard.set()
        self.writer.close()


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Open ``count`` streams of some organisations, and measure their memory, hints and end."""
    console.print(f"stream: {count:,} open live streams")
    return asyncio.run(_measure(stack, tenant, count, console))


async def _measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    before = _mebibytes(stack)
    organisations = [uuid4() for _ in range(count // _PER_ORGANISATION)]
    started = time.perf_counter()
    streams = await _open(stack, tenant, organisations)
    console.print(f"  opened in {time.perf_counter() - started:.1f} s")
    listening = [asyncio.create_task(stream.listen()) for stream in streams]
    delays = await _tell(stack, organisations, streams)
    after = _mebibytes(stack)
    each = (after - before) * 1024 / len(streams)
    console.print(f"  PSS {before:.0f} MiB before, {after:.0f} MiB after, {each:.1f} KiB a stream")
    seconds = await _stop(stack, listening)
    console.print(f"  ended {seconds:.1f} s after SIGTERM")
    return _figures(count, after, delays, seconds)


def _figures(count: int, mebibytes: float, delays: list[float], seconds: float) -> list[Figure]:
    slowest = statistics.quantiles(delays, n=100)[98]
    limits = {
        f"stream, PSS with {count:,} open, MiB": (mebibytes, _MOST_MIB),
        "stream, p99 seconds from a hint to a browser": (slowest, _MOST_SECONDS),
        "stream, seconds from SIGTERM to the end of all": (seconds, 5.0),
    }
    return [
        Figure(name, f"{ours:.2f}", f"{limit:.0f}", ours / limit, 1, at_most=True)
        for name, (ours, limit) in limits.items()
    ]


def _mebibytes(stack: Stack) -> float:
    """Return the memory of the stream process and its worker in MiB. Shared pages count once."""
    members: list[psutil.Process] = processes(stack)["stream"]
    return sum(float(process.memory_full_info().pss) for process in members) / 2**20


async def _open(stack: Stack, tenant: Tenant, organisations: list[UUID]) -> list[_Stream]:
    codec = TicketCodec(token_keys_of(stack.secrets.internal_token_key))
    free = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def one(org_id: UUID) -> _Stream:
        async with free:
            return await _connect(stack.stream_url, codec.encode(_ticket(tenant, org_id)))

    return await asyncio.gather(*(one(o) for o in organisations for _ in range(_PER_ORGANISATION)))


def _ticket(tenant: Tenant, org_id: UUID) -> StreamTicket:
    """Return the contents of a ticket for a user of ``org_id``, made with the tenant's session."""
    token = tenant.api.headers["Authorization"].removeprefix("Bearer ")
    session_id = UUID(jwt.decode(token, options={"verify_signature": False})["sid"])
    # A little less than the lifetime: the database's clock may be behind.
    expires_at = datetime.now(UTC) + LIFETIME - timedelta(seconds=1)
    return StreamTicket(uuid4(), org_id, uuid4(), session_id, expires_at.timestamp())


async def _connect(url: str, ticket: str) -> _Stream:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"GET {address.path}?ticket={ticket} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    async with asyncio.timeout(_WAIT_SECONDS):
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"a stream did not open: {status!r}")
        await reader.readuntil(b"event: resync")
    return _Stream(reader, writer)


async def _tell(stack: Stack, organisations: list[UUID], streams: list[_Stream]) -> list[float]:
    """Publish a hint for each organisation. Return the seconds until each stream has got it."""
    bus = await Bus.connect(stack.nats_url, "operator")
    await bus.client.flush()
    told_at = time.perf_counter()
    bus.hints.add([Hint(org_id, Topic.CAMPAIGN, uuid4()) for org_id in organisations])
    async with asyncio.timeout(_WAIT_SECONDS):
        await asyncio.gather(*(stream.heard.wait() for stream in streams))
    await bus.close()
    return [stream.heard_at - told_at for stream in streams]


async def _stop(stack: Stack, listening: list[asyncio.Task[None]]) -> float:
    """Stop the process. Return the seconds until every stream has ended."""
    started = time.perf_counter()
    stopping = asyncio.create_task(asyncio.to_thread(stack.process("stream").stop))
    await asyncio.gather(*listening)
    await stopping
    seconds = time.perf_counter() - started
    await asyncio.to_thread(stack.process("stream").start)
    await asyncio.to_thread(stack.wait_ready, "stream")
    return seconds
