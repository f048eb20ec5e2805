"""End the streams of sessions that have ended and of users who were disabled."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit.process import raise_if_cancelled
from services.gateway.stream import events
from services.gateway.stream.live_streams import LiveStreams
from services.gateway.usecases.open_stream import OpenStream

log = structlog.get_logger()

_READ_SECONDS = 10.0
_UNKNOWN_SECONDS = 50.0
"""Seconds for which streams stay open while the database can't say whether they may."""
_FORGET_SECONDS = 60.0
_AT_ONCE = 1000
_RETURN_MILLISECONDS = 10_000


class EndRevokedStreams:
    """Ends streams of users who may no longer have one.

    Checks every ten seconds, and at once when somebody's access was revoked.
    """

    def __init__(self, streams: LiveStreams, open_stream: OpenStream) -> None:
        self._streams = streams
        self._open_stream = open_stream
        self._read_at = 0.0
        self._forgot_at = 0.0

    async def run(self) -> None:
        """End the streams of users whose access was revoked, until cancelled.

        If the database can't be read for a while, all streams end.
        """
        self._read_at = _now()
        while True:
            raise_if_cancelled()
            try:
                await self.end_revoked()
                await self._forget()
            except (SQLAlchemyError, OSError) as error:
                log.warning("stream_access_unknown", error=repr(error))
                if _now() - self._read_at > _UNKNOWN_SECONDS:
                    self._streams.end_all("access_unknown", _RETURN_MILLISECONDS)
            await self._pause()

    async def end_revoked(self) -> None:
        """End the streams of sessions that have ended, and of users who were disabled."""
        self._streams.access_revoked.clear()
        started = _now()
        listeners = self._streams.listeners()
        for first in range(0, len(listeners), _AT_ONCE):
            some = listeners[first : first + _AT_ONCE]
            live = await self._open_stream.live_sessions(
                [listener.ticket.session_id for listener in some]
            )
            for listener in some:
                if listener.ticket.session_id not in live:
                    listener.finish(events.end("session_ended"))
        self._read_at = started

    async def _forget(self) -> None:
        if _now() - self._forgot_at > _FORGET_SECONDS:
            await self._open_stream.forget_used_tickets()
            self._forgot_at = _now()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                await self._streams.access_revoked.wait()
        except TimeoutError:
            return


def _now() -> float:
    return asyncio.get_running_loop().time()
