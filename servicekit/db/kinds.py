"""Kinds of work that use a database: each gRPC method is a kind, and all jobs are one kind.

No kind of work can use all the connections of a process. So if transactions of one kind wait for a
locked table, only work of this kind has to wait.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from servicekit.db.shares import Shares

JOBS = "jobs"

_current: ContextVar[str] = ContextVar("kind", default="")
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)


@contextmanager
def working_as(kind: str) -> Iterator[None]:
    """Let transactions in the ``with`` block use the connections for this kind of work."""
    token = _current.set(kind)
    try:
        yield
    finally:
        _current.reset(token)


class Kinds:
    """Lets jobs use half the connections of a pool at a time, and each method three quarters.

    Consumers and senders belong to no kind and have no limit, because each of their loops uses only
    one connection.
    """

    def __init__(self, pool_size: int, wait_seconds: float) -> None:
        self._jobs = Shares(pool_size, wait_seconds)
        self._methods = Shares(pool_size, wait_seconds, part=0.75)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Reserve one of the connections that this kind of work may use, until the block ends.

        Does nothing if the current work has a connection reserved already, or belongs to no kind.

        Raises:
            ShareInUse: No connection became free in time.
        """
        kind = _current.get()
        if not kind or _has_place.get():
            yield
            return
        shares = self._jobs if kind == JOBS else self._methods
        async with shares.place(kind):
            token = _has_place.set(True)
            try:
                yield
            finally:
                _has_place.reset(token)
