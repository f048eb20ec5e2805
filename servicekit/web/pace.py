"""How slow a client may be, in both directions."""

import asyncio
import socket
import struct
from dataclasses import dataclass

from uvicorn.protocols.http.flow_control import FlowControl

_WHOLE_REQUEST_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The minimum pace of a client.

    A client has ``seconds`` for the head of a request. For a body it has another ``seconds``, plus
    one second for each ``rate`` bytes that have arrived. It must read the response at the same
    pace.
    """

    seconds: float = 15.0
    rate: int = 4096

    def allowed(self, size: int) -> float:
        """Return the seconds that a client has to send ``size`` bytes, or to take them."""
        return min(self.seconds + size / self.rate, _WHOLE_REQUEST_SECONDS)


class PacedFlow(FlowControl):
    """uvicorn's flow control, which also hangs up on clients that don't read the response.

    It also measures how long reading was paused, because that delay is not the client's fault.
    """

    def __init__(self, transport: asyncio.Transport, pace: Pace) -> None:
        super().__init__(transport)
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._paused_seconds = 0.0
        self._paused_at = 0.0
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def paused_seconds(self) -> float:
        """Return how long reading has been paused, in all."""
        now = self._loop.time()
        return self._paused_seconds + (now - self._paused_at if self.read_paused else 0.0)

    def pause_reading(self) -> None:
        """Read no more from the client for now."""
        if not self.read_paused:
            self._paused_at = self._loop.time()
        super().pause_reading()

    def resume_reading(self) -> None:
        """Read from the client again."""
        if self.read_paused:
            self._paused_seconds = self.paused_seconds
        super().resume_reading()

    def pause_writing(self) -> None:
        """Start the client's time limit: it must now take the waiting bytes."""
        super().pause_writing()
        self.expect_progress()

    def resume_writing(self) -> None:
        """Stop the client's time limit, because the client has read the waiting bytes."""
        self.stop_expecting()
        super().resume_writing()

    def expect_progress(self) -> None:
        """Hang up on the client unless it reads the written bytes in time."""
        self.stop_expecting()
        size = self._transport.get_write_buffer_size()
        if size:
            self._deadline = self._loop.call_later(self._pace.allowed(size), self._hang_up)

    def stop_expecting(self) -> None:
        """Stop the client's time limit, because the client has read enough."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        if self._transport.get_write_buffer_size():
            reset(self._transport)


def reset(transport: asyncio.Transport) -> None:
    """Close a connection at once.

    The kernel discards the bytes that the client has not taken.
    """
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()
