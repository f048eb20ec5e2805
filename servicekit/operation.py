"""The operation of a call: a request that its client may repeat with the same idempotency key.

The gateway stores answers by key, but an answer that never came can't be stored. So each call
carries its operation, and code that creates something that must not exist twice (a text) stores the
operation with it. A repeated call then finds what the first attempt created.
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
    """Return an id for the part ``name`` of the operation, the same for every repeat; or None."""
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
