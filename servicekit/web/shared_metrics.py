"""Let the web worker that serves ``/metrics`` return the metrics of all workers of its process.

Each worker has a number, and serves its metrics on a Unix socket in the folder that the workers
share. A worker that takes the place of a dead one gets its number.
"""

import asyncio
import fcntl
from pathlib import Path
from typing import IO

import structlog

from servicekit.process import background, finish
from servicekit.telemetry import loop_lag
from servicekit.telemetry.exposition import merged, own_metrics

log = structlog.get_logger()

# Less than the ten seconds after which Prometheus gives up.
_SECONDS = 5.0


class SharedMetrics:
    """The metrics of ``workers`` processes that share ``folder``.

    Every worker opens it on the event loop that does its work. With a single worker, samples have
    no label ``worker``.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self._workers = workers
        self._place: IO[str] | None = None
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Serve this worker's metrics to the others, and measure its event loop."""
        self._lag = background(loop_lag.watch(), "loop lag")
        if self._workers == 1:
            return
        number, self._place = _free_number(self._folder, self._workers)
        path = _socket(self._folder, number)
        path.unlink(missing_ok=True)  # of a worker that died
        self._server = await asyncio.start_unix_server(_tell, path)

    async def read(self) -> str:
        """Return the metrics of all workers. A worker that does not answer is left out."""
        if self._workers == 1:
            return own_metrics()
        numbers = sorted(path.stem.removeprefix("worker-") for path in self._sockets())
        texts = await asyncio.gather(*(self._read(number) for number in numbers))
        told = {n: text for n, text in zip(numbers, texts, strict=True) if text}
        # This loop also serves requests.
        return await asyncio.to_thread(merged, told)

    async def close(self) -> None:
        """Stop serving the metrics, and free this worker's number."""
        await finish(self._lag, 1)
        if self._server is not None:
            self._server.close()
        if self._place is not None:
            self._place.close()

    def _sockets(self) -> list[Path]:
        return list(self._folder.glob("worker-*.sock"))

    async def _read(self, number: str) -> str:
        try:
            async with asyncio.timeout(_SECONDS):
                reader, writer = await asyncio.open_unix_connection(_socket(self._folder, number))
                try:
                    return (await reader.read()).decode()
                finally:
                    writer.close()
        except ConnectionRefusedError:  # a worker that died
            return ""
        except (OSError, TimeoutError) as error:
            log.warning("worker_tells_no_metrics", worker=number, error=repr(error))
            return ""


async def _tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(own_metrics().encode())
    writer.close()


def _socket(folder: Path, number: str) -> Path:
    return folder / f"worker-{number}.sock"


def _free_number(folder: Path, workers: int) -> tuple[str, IO[str]]:
    """Take the first number that no worker has. The kernel frees it when this process ends."""
    # A worker that ends may still have its number while its successor starts.
    for number in range(workers * 2):
        file = (folder / f"worker-{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return str(number), file
    raise RuntimeError("more web workers than there should be")
