"""A load generator that needs little CPU: prepared raw HTTP/1.1 requests over open connections."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Answers:
    """The result of a load test: the seconds of each request, and the count of failed responses."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Successful and failed requests per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the seconds within which a ``share`` (0.99) of the requests got a response."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def post(path: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Build the bytes of a POST request with a form."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: bench",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode() + _HEAD_END + body


async def flat_out(host: str, port: int, requests: Sequence[bytes], connections: int) -> Answers:
    """Send ``requests`` as fast as possible, each connection waiting for one response at a time."""
    answers, waiting = Answers(), iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_work_off(host, port, waiting, answers) for _ in range(connections)))
    answers.seconds = time.perf_counter() - started
    return answers


async def at_rate(
    host: str, port: int, requests: Sequence[bytes], rate: float, connections: int
) -> Answers:
    """Send ``requests`` at ``rate`` per second.

    The latency of each request is measured from the time at which it was due.
    """
    answers = Answers()
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    workers = [
        asyncio.create_task(_keep_pace(host, port, due, answers)) for _ in range(connections)
    ]
    started = time.perf_counter()
    for number, request in enumerate(requests):
        at = started + number / rate
        delay = at - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        due.put_nowait((at, request))
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    answers.seconds = time.perf_counter() - started
    return answers


async def _work_off(host: str, port: int, waiting: Iterator[bytes], answers: Answers) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for request in waiting:
        await _exchange(reader, writer, request, time.perf_counter(), answers)
    writer.close()


async def _keep_pace(
    host: str, port: int, due: "asyncio.Queue[tuple[float, bytes] | None]", answers: Answers
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while (turn := await due.get()) is not None:
        await _exchange(reader, writer, turn[1], turn[0], answers)
    writer.close()


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: bytes,
    since: float,
    answers: Answers,
) -> None:
    writer.write(request)
    head = await reader.readuntil(_HEAD_END)
    length = _content_length(head)
    if length:
        await reader.readexactly(length)
    answers.latencies.append(time.perf_counter() - since)
    if not head.startswith(b"HTTP/1.1 2"):
        answers.refused += 1


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
