"""The operation that a call belongs to: what a client repeats under one ``Idempotency-Key``.

The gateway stores answers by key, but an answer that never came can't be stored. So the operation
goes with the call, and code that makes something that must not be made twice (a text) ties it to
the operation: a repeat then finds what the first attempt made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid5

_current: ContextVar[UUID | None] = ContextVar("operation", default=None)


def current() -> UUID | None:
    """Return the operation being served; None if the client gave no key."""
    return _current.get()


def part(name: str) -> UUID | None:
    """Return the id of the operation's part ``name``: the same for every repeat, or None."""
    operation = _current.get()
    return uuid5(operation, name) if operation else None


@contextmanager
def operating(operation: UUID | None) -> Iterator[None]:
    """Serve the block as (a part of) ``operation``."""
    token = _current.set(operation)
    try:
        yield
    finally:
        _current.reset(token)
