"""gunicorn's threaded web worker, for a WSGI application, with problems for what is not HTTP."""

import socket
from typing import Any

import structlog
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from servicekit.errors import DomainError
from servicekit.web.bad_http import AddressTooLong, HeadersTooLarge, MalformedHttp, refusal

log = structlog.get_logger()

_BLOCK = 64 * 1024
_MOST_BLOCKS = 32
_UNREADABLE = (
    errors.InvalidRequestLine,
    errors.InvalidRequestMethod,
    errors.InvalidHTTPVersion,
    errors.InvalidHeader,
    errors.InvalidHeaderName,
    errors.ObsoleteFolding,
)


class ThreadedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, whose refusals are problem documents.

    When it stops, it serves whom the kernel has let in already and lets nobody else in.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept connections."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._accept_all(listener)
                # Left open it would go on letting clients in, only to reset them at the end.
                listener.close()

    def _accept_all(self, listener: socket.socket) -> None:
        accepted = -1
        while accepted != self.nr_conns:
            accepted = self.nr_conns
            self.accept(listener)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Refuse what no application can be asked; gunicorn deals with all else."""
        problem = _problem_of(exc)
        if problem is None:
            super().handle_error(req, client, addr, exc)
            return
        log.warning("request_refused", status=problem.http_status, code=problem.code)
        try:
            _drain(client)
            write_nonblock(client, refusal(problem))
        except OSError as error:
            log.debug("refusal_not_sent", error=repr(error))


def _problem_of(error: Exception) -> DomainError | None:
    """What the caller is told of ``error``; None where it is no fault of the caller's HTTP."""
    if isinstance(error, errors.LimitRequestLine):
        return AddressTooLong()
    if isinstance(error, errors.LimitRequestHeaders):
        return HeadersTooLarge()
    if isinstance(error, _UNREADABLE):
        return MalformedHttp()
    return None


def _drain(client: socket.socket) -> None:
    """Read what has come: a connection that is closed with bytes unread takes the answer along."""
    for _ in range(_MOST_BLOCKS):
        try:
            if not client.recv(_BLOCK, socket.MSG_DONTWAIT):
                return
        except BlockingIOError:
            return
