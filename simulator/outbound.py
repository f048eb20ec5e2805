"""Webhooks on their way out: a queue, a bounded number in flight, and a record of each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import aiohttp
from yarl import URL

from simulator.clock import now_ms
from simulator.faults import Faults
from simulator.store import Store, Write

INSERT_CALLBACK = (
    "INSERT INTO callbacks (at, provider, sid, url, params, attempt, http_status, error) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery.

    Attributes:
        status: the receiver's HTTP status; None when there was no answer.
        error: why there was no answer: `connect`, `timeout`, `broken` or `lost` (a fault).
        body: the receiver's answer.
        content_type: its media type.
    """

    status: int | None
    error: str | None = None
    body: bytes = b""
    content_type: str = ""

    @property
    def ok(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request.

    Attributes:
        provider: who sends it.
        sid: the message or event that it tells of.
        url: where to, without a fragment.
        body: the request body; None makes it a GET.
        headers: media type and signature among them.
        params: what it says, as JSON, for the record.
        done: told of the outcome of each attempt.
        attempt: 1 for the first.
    """

    provider: str
    sid: str
    url: str
    body: bytes | None
    headers: dict[str, str]
    params: bytes
    done: Callable[["Delivery", Outcome], None] | None = None
    attempt: int = 1
    timeout: aiohttp.ClientTimeout = field(
        default_factory=lambda: aiohttp.ClientTimeout(total=15, sock_connect=5)
    )

    def again(self) -> Self:
        """The next attempt at the same delivery."""
        return replace(self, attempt=self.attempt + 1)


class Outbound:
    """Sends webhooks from a queue.

    Args:
        store: where each attempt is recorded.
        faults: what shall go wrong.
        concurrency: requests in flight at the same time.
    """

    def __init__(self, store: Store, faults: Faults, concurrency: int) -> None:
        self._store = store
        self._faults = faults
        self._concurrency = concurrency
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._in_flight = 0
        self._delayed = 0

    @property
    def pending(self) -> int:
        """Deliveries that wait or are in flight."""
        return self._queue.qsize() + self._in_flight + self._delayed

    async def start(self) -> None:
        """Begin to send."""
        connector = aiohttp.TCPConnector(limit=self._concurrency)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]

    async def stop(self) -> None:
        """Give up what is queued and close the connections."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._session.close()

    def submit(self, delivery: Delivery, delay_s: float = 0.0) -> None:
        """Have a webhook sent, as the callback faults allow.

        Args:
            delivery: the request.
            delay_s: seconds to wait first.
        """
        fault = self._faults.callbacks(delivery.provider)
        if fault.lose and self._faults.random.random() < fault.lose:
            self._finish(delivery, Outcome(None, "lost"))
            return
        for _ in range(1 + fault.duplicate):
            self._enqueue(delivery, delay_s + fault.delay_ms / 1000)

    def retry(self, delivery: Delivery, delay_s: float = 0.0) -> None:
        """Have a webhook attempted once more; faults spare retries.

        Args:
            delivery: the attempt that did not succeed.
            delay_s: seconds to wait first.
        """
        self._enqueue(delivery.again(), delay_s)

    def _enqueue(self, delivery: Delivery, delay_s: float) -> None:
        if not delay_s:
            self._queue.put_nowait(delivery)
            return
        self._delayed += 1
        asyncio.get_running_loop().call_later(delay_s, self._undelay, delivery)

    def _undelay(self, delivery: Delivery) -> None:
        self._delayed -= 1
        self._queue.put_nowait(delivery)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            self._in_flight += 1
            try:
                self._finish(delivery, await self._send(delivery))
            finally:
                self._in_flight -= 1

    async def _send(self, delivery: Delivery) -> Outcome:
        method = "GET" if delivery.body is None else "POST"
        try:
            async with self._session.request(
                method,
                # Signatures cover the address as it was configured, so it must not be rewritten.
                _verbatim(delivery.url),
                data=delivery.body,
                headers=delivery.headers,
                timeout=delivery.timeout,
                allow_redirects=False,
            ) as response:
                body = await response.read()
                return Outcome(response.status, None, body, response.content_type)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, ValueError):
            return Outcome(None, "connect")
        except TimeoutError:
            return Outcome(None, "timeout")
        except (aiohttp.ClientError, OSError):
            return Outcome(None, "broken")

    def _finish(self, delivery: Delivery, outcome: Outcome) -> None:
        self._store.enqueue([_record(delivery, outcome)])
        if delivery.done is not None:
            delivery.done(delivery, outcome)


def _record(delivery: Delivery, outcome: Outcome) -> Write:
    return (
        INSERT_CALLBACK,
        (
            now_ms(),
            delivery.provider,
            delivery.sid,
            delivery.url,
            delivery.params,
            delivery.attempt,
            outcome.status,
            outcome.error,
        ),
    )


def _verbatim(url: str) -> URL:
    return URL(url, encoded=True)
