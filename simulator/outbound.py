"""Deliver webhooks from a queue, a limited number at the same time, and store each attempt."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from simulator.clock import now_ms
from simulator.faults import Faults
from simulator.http_client import BrokenAnswerError, ConnectError, HttpClient
from simulator.store import Store, Write

INSERT_CALLBACK = (
    "INSERT INTO callbacks (at, provider, sid, url, params, attempt, http_status, error) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt to deliver a webhook.

    Attributes:
        status: The receiver's HTTP status; None when there was no answer.
        error: Why there was no answer: `connect`, `timeout`, `broken` or `lost` (a fault).
        body: The receiver's answer.
    """

    status: int | None
    error: str | None = None
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the receiver accepted the webhook."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request.

    Attributes:
        provider: The provider that sends the webhook.
        sid: The message or event that the webhook reports.
        url: The address, without a fragment.
        body: The request body. None makes the request a GET.
        headers: The request headers, with media type and signature.
        done: Called with the outcome of each attempt.
        attempt: 1 for the first attempt.
    """

    provider: str
    sid: str
    url: str
    body: bytes | None
    headers: dict[str, str]
    done: Callable[["Delivery", Outcome], None] | None = None
    attempt: int = 1

    def again(self) -> Self:
        """Return the next attempt to deliver the same webhook."""
        return replace(self, attempt=self.attempt + 1)


class Outbound:
    """Sends webhooks from a queue.

    Args:
        store: The database that stores each attempt.
        faults: The faults that are set.
        concurrency: Requests in flight at the same time.
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
        """The count of webhooks that wait or are being sent."""
        return self._queue.qsize() + self._in_flight + self._delayed

    async def start(self) -> None:
        """Start the workers that send webhooks."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]

    def clear(self) -> None:
        """Delete all webhooks that wait to be sent."""
        while not self._queue.empty():
            self._queue.get_nowait()

    async def stop(self) -> None:
        """Delete all queued webhooks and close the connections."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def submit(self, delivery: Delivery, delay_s: float = 0.0) -> None:
        """Queue a webhook. The callback faults may delay, repeat or lose it.

        Args:
            delivery: The request.
            delay_s: Seconds to wait before the attempt.
        """
        fault = self._faults.callbacks(delivery.provider)
        if fault.lose and self._faults.random.random() < fault.lose:
            self._finish(delivery, Outcome(None, "lost"))
            return
        for _ in range(1 + fault.duplicate):
            self._enqueue(delivery, delay_s + fault.delay_ms / 1000)

    def retry(self, delivery: Delivery, delay_s: float = 0.0) -> None:
        """Queue another attempt to deliver a webhook. Faults don't apply to retries.

        Args:
            delivery: The attempt that did not succeed.
            delay_s: Seconds to wait before the attempt.
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
        client = HttpClient()
        loop = asyncio.get_running_loop()
        try:
            while True:
                delivery = await self._queue.get()
                self._in_flight += 1
                # An error in the `done` callback must not end the worker.
                loop.call_soon(self._land, delivery, await _send(client, delivery))
        finally:
            client.close()

    def _land(self, delivery: Delivery, outcome: Outcome) -> None:
        try:
            self._finish(delivery, outcome)
        finally:
            self._in_flight -= 1

    def _finish(self, delivery: Delivery, outcome: Outcome) -> None:
        self._store.enqueue([_record(delivery, outcome)])
        if delivery.done is not None:
            delivery.done(delivery, outcome)


async def _send(client: HttpClient, delivery: Delivery) -> Outcome:
    try:
        answer = await client.request(delivery.url, delivery.body, delivery.headers)
    except ConnectError:
        return Outcome(None, "connect")
    except TimeoutError:
        return Outcome(None, "timeout")
    except BrokenAnswerError:
        return Outcome(None, "broken")
    return Outcome(answer.status, None, answer.body)


def _record(delivery: Delivery, outcome: Outcome) -> Write:
    return (
        INSERT_CALLBACK,
        (
            now_ms(),
            delivery.provider,
            delivery.sid,
            delivery.url,
            delivery.body or urlsplit(delivery.url).query.encode(),
            delivery.attempt,
            outcome.status,
            outcome.error,
        ),
    )
