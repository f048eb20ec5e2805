"""The operation that a call belongs to: what a client repeats under one ``Idempotency-Key``.

The gateway keeps answers by key, but an answer that never came can't be kept. So the operation
goes with the call, and whoever makes something that must not be made twice (a text) ties it to
the operation: a repeat then finds what the first attempt made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid5

_current: ContextVar[UUID | None] = ContextVar("operation", default=None)


def current() -> UUID | None:
    """The operation being served; None where the client gave no key."""
    return _current.get()


def part(name: str) -> UUID | None:
    """The id of the part ``name`` of the operation, the same at every repeat; None without one."""
    operation = _current.get()
    return uuid5(operation, name) if operation else None


@contextmanager
def operating(operation: UUID | None) -> Iterator[None]:
    """Serve what is inside as (a part of) ``operation``."""
    token = _current.set(operation)
    try:
        yield
    finally:
        _current.reset(token)
