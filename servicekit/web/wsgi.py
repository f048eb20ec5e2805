"""Serve a WSGI application from an ASGI server, so that a slow client never holds a thread.

The event loop reads a request under the server's limits before a thread is taken, and writes the
response after the thread is free again. Uploads and downloads have threads of their own.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import orjson
import structlog

from servicekit.disks import is_disk_outage
from servicekit.errors import DomainError, Unavailable
from servicekit.problems import PROBLEM_TYPE, RETRY_SECONDS, problem_body
from servicekit.web.asgi import Receive, Scope, Send
from servicekit.web.bodies import (
    IN_MEMORY_BYTES,
    LiveBody,
    Spool,
    Spooled,
    declared_length,
    read_ahead,
)
from servicekit.web.errors import MalformedRequest
from servicekit.web.http_protocol import CONNECTION, TARGET
from servicekit.web.request_threads import RequestThreads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

_BLOCK = 64 * 1024
# Half the space of a container's folder for temporary files (deploy/k8s/base/patches).
_SPOOL_BYTES = 128 * 1024 * 1024

Headers = Iterable[tuple[str, str]]


class Pieces(ABC):
    """The body of a response that is produced while it is sent, on the server's event loop.

    A WSGI application returns it instead of an iterable.
    """

    @abstractmethod
    async def next(self) -> bytes | None:
        """Return the next piece; None at the end.

        Raises:
            DomainError: The rest is not available, so the response ends in the middle.
        """

    @abstractmethod
    def close(self) -> None:
        """Produce no more pieces. Called at least once, from any thread."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many requests are served at once, in each process.

    ``plain`` are ordinary requests. ``transfers`` are uploads and downloads, which count
    separately. ``is_transfer`` recognises them by method and path.
    """

    plain: int
    transfers: int
    is_transfer: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Headers
    body: bytes | Spooled | Pieces

    def close(self) -> None:
        if not isinstance(self.body, bytes):
            self.body.close()


class WsgiBridge:
    """Serves ``app``, and reads at most ``most_body`` bytes of a body.

    If a body is larger, only a little more of it is read, and the application refuses it.
    """

    def __init__(self, app: "WSGIApplication", threads: Threads, most_body: int) -> None:
        self._app = app
        self._is_transfer = threads.is_transfer
        self._most_body = most_body
        self._plain = RequestThreads(threads.plain, "request")
        self._transfers = RequestThreads(threads.transfers, "transfer")
        self._free_transfers = threads.transfers
        self._spool = Spool(_SPOOL_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            if self._is_transfer(scope["method"], _path(scope)):
                await self._transfer(scope, receive, send)
            else:
                await self._serve(scope, receive, send)
        except MalformedRequest:
            log.info("client_left")
        except OSError as error:
            if not is_disk_outage(error):
                raise
            log.warning("request_unavailable", error=repr(error))
            await _refuse(
                Unavailable("There is not enough space for this now. Try again later."), send
            )
        except Unavailable as error:
            await _refuse(error, send)

    def close(self) -> None:
        """Accept no more requests. Each thread stops when its request is done."""
        self._plain.close()
        self._transfers.close()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = _environ(scope)
        length = declared_length(scope["headers"])
        if length == 0 or (length is not None and length > self._most_body):
            answer = await self._answer(self._plain, environ)
        else:
            with closing(Spooled(self._spool)) as body:
                await read_ahead(receive, self._most_body, body)
                environ["CONTENT_LENGTH"] = str(body.size)
                environ["wsgi.input"] = body.file
                answer = await self._answer(self._plain, environ)
        await _send(answer, scope, send)

    async def _transfer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._free_transfers == 0:
            raise Unavailable(
                "Too many uploads and downloads are in progress. Try again in a moment."
            )
        self._free_transfers -= 1
        body = LiveBody(receive)
        try:
            environ = _environ(scope)
            if declared_length(scope["headers"]) != 0:
                environ["wsgi.input"] = body
            answer = await self._answer(self._transfers, environ)
            await _send(answer, scope, send)
        finally:
            body.give_up()
            self._free_transfers += 1

    async def _answer(self, threads: RequestThreads, environ: "WSGIEnvironment") -> _Answer:
        return await threads.run(self._run, environ)

    def _run(self, environ: "WSGIEnvironment") -> _Answer:
        """Call the application, in one of its threads."""
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, *_: Any) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda _: None

        body = self._app(environ, start_response)
        [(status, headers)] = started
        if isinstance(body, Pieces):
            return _Answer(int(status[:3]), headers, body)
        try:
            return _Answer(int(status[:3]), headers, self._kept(b"".join(body)))
        finally:
            if hasattr(body, "close"):
                body.close()

    def _kept(self, body: bytes) -> bytes | Spooled:
        """Store a whole response until the client has read it."""
        if len(body) <= IN_MEMORY_BYTES:
            return body
        spooled = Spooled(self._spool)
        try:
            spooled.write(body)
        except BaseException:
            spooled.close()
            raise
        spooled.file.seek(0)
        return spooled


def _path(scope: Scope) -> str:
    target: bytes = scope[TARGET]
    return unquote_to_bytes(target.partition(b"?")[0]).decode("latin-1")


def _environ(scope: Scope) -> "WSGIEnvironment":
    host, port = scope["server"] or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(scope),
        "QUERY_STRING": scope[TARGET].partition(b"?")[2].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": _NOTHING,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key, text = _variable(name), value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


@lru_cache(1024)
def _variable(name: bytes) -> str:
    text = name.decode("latin-1").upper().replace("-", "_")
    return text if text in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{text}"


class _Nothing:
    """An empty request body. It is also used for a body that nobody reads."""

    def read(self, _size: int = -1) -> bytes:
        return b""


_NOTHING = _Nothing()


async def _send(answer: _Answer, scope: Scope, send: Send) -> None:
    """Send a response, no faster than the client reads it."""
    connection = scope[CONNECTION]
    headers = [
        (name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in answer.headers
    ]
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if isinstance(answer.body, bytes):
            await send({"type": "http.response.body", "body": answer.body})
            return
        async for block in _blocks(answer.body):
            if connection.is_gone:
                return
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body"})
    except DomainError as error:
        log.warning("answer_broken_off", error=repr(error))
        connection.break_off()
    finally:
        answer.close()


async def _blocks(body: Spooled | Pieces) -> AsyncIterator[bytes]:
    if isinstance(body, Pieces):
        while (piece := await body.next()) is not None:
            yield piece
    else:
        while block := body.file.read(_BLOCK):
            yield block


async def _refuse(error: Unavailable, send: Send) -> None:
    """Respond to a request with an error, without calling the application."""
    request_id = uuid4().hex
    body = orjson.dumps(problem_body(error, request_id))
    log.warning("request_refused", status=error.http_status, code=error.code)
    headers = {
        "content-type": PROBLEM_TYPE,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "retry-after": str(RETRY_SECONDS),
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
    }
    raw = [(name.encode(), text.encode()) for name, text in headers.items()]
    status = HTTPStatus(error.http_status).value
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
