"""Webhooks: deliveries per second to an endpoint that responds, while a hundred others hang."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex
from uuid import UUID

from rich.console import Console

from bench.machine import cpu_measured
from bench.report import Figure
from bench.tenant import Tenant
from deploy.local.stack import Stack
from deploy.local.testkit.api import Api
from servicekit.bus import subjects
from servicekit.bus.connection import Bus, BusMessage
from servicekit.ids import new_id
from smsblaster.messaging.v1.messages_pb2 import Message
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvent, CustomerEvents

_WANTED_PER_SECOND = 1_000
_ORGANISATIONS, _ENDPOINTS = 5, 20
_WAITING_FOR_EACH = 20
_BATCH = 200
_SHOWN_SECONDS = 0.1
_ENDS_WITHIN_SECONDS = 300.0
_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
_ENDPOINTS_PATH = "/api/webhooks/endpoints"


class _Servers:
    """Customers' servers. Those whose path begins with /hang never respond."""

    def __init__(self) -> None:
        self.url = ""
        self._calls: Counter[str] = Counter()
        self._called = asyncio.Condition()
        self._never = asyncio.Event()

    async def has_called(self, path: str, count: int) -> None:
        """Wait until the endpoint at ``path`` was called ``count`` times."""
        async with self._called:
            await self._called.wait_for(lambda: self._calls[path] >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read the webhook calls on one connection, and respond to them."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
                await reader.readexactly(length)
                path = head.split(" ", 2)[1]
                self._calls[path] += 1
                async with self._called:
                    self._called.notify_all()
                if path.startswith("/hang"):
                    await self._never.wait()
                writer.write(_ANSWER)
        writer.close()


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Deliver ``count`` events to one endpoint, while a hundred endpoints hang."""
    console.print(f"webhooks: {count:,} deliveries, while {_ORGANISATIONS * _ENDPOINTS} hang")
    return asyncio.run(_measure(stack, count, console))


async def _measure(stack: Stack, count: int, console: Console) -> list[Figure]:
    servers = _Servers()
    server = await asyncio.start_server(servers.serve, "127.0.0.1", 0)
    servers.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    well = await asyncio.to_thread(_organisation, stack, [f"{servers.url}/well"])
    for _ in range(_ORGANISATIONS):
        urls = [f"{servers.url}/hang/{token_hex(4)}" for _ in range(_ENDPOINTS)]
        hanging = await asyncio.to_thread(_organisation, stack, urls)
        await _tell(stack, hanging, _WAITING_FOR_EACH)
    started = time.perf_counter()
    with cpu_measured(stack) as cpu:
        await _tell(stack, well, count)
        async with asyncio.timeout(_ENDS_WITHIN_SECONDS):
            await servers.has_called("/well", count)
    seconds = time.perf_counter() - started
    server.close()
    busy = {name: round(used, 1) for name, used in cpu.cpu.items() if used > _SHOWN_SECONDS}
    console.print(f"  {seconds:.1f} s; CPU-seconds: {busy}")
    rate = count / seconds
    name = "webhooks, deliveries per second while a hundred endpoints hang"
    ratio = rate / _WANTED_PER_SECOND
    return [Figure(name, f"{rate:,.0f}", f"{_WANTED_PER_SECOND:,}", ratio, 1)]


def _organisation(stack: Stack, urls: Sequence[str]) -> UUID:
    """Create an organisation with these endpoints, and return its id."""
    with Api(stack.gateway_url) as api:
        name = token_hex(6)
        owner = {"email": f"{name}@example.com", "password": token_hex(16), "name": "O"}
        session = api.post("/api/auth/register", {**owner, "orgName": name})
        api.sign_in_with(session["accessToken"])
        for url in urls:
            api.post(_ENDPOINTS_PATH, {"url": url})
        return UUID(session["user"]["orgId"])


async def _tell(stack: Stack, org_id: UUID, count: int) -> None:
    """Publish events about ``count`` messages, as messaging does."""
    bus = await Bus.connect(stack.nats_url, "operator")
    subject = subjects.customer_events("messaging")
    for start in range(0, count, _BATCH):
        events = [_event(org_id) for _ in range(min(_BATCH, count - start))]
        payload = CustomerEvents(events=events).SerializeToString()
        await bus.publish([BusMessage(subject, str(new_id()), payload)])
    await bus.close()


def _event(org_id: UUID) -> CustomerEvent:
    event = CustomerEvent(id=str(new_id()), org_id=str(org_id), type="message.delivered")
    event.occurred_at.GetCurrentTime()
    message = Message(id=str(new_id()), to="+14155550123", body="Doors open at seven." * 4)
    event.data.Pack(message)
    return event
