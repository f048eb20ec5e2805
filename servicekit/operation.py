"""The operation of a call: a request that its client may repeat with the same idempotency key.

The gateway stores responses by key. But if the response of a service to the gateway is lost,
nothing is stored, although the text may have been created. So each call carries the id of its
operation, and code that creates something that must not exist twice (a text) stores this id with
it. A repeated call then finds what the first attempt created.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid5

_current: ContextVar[UUID | None] = ContextVar("operation", default=None)


def current() -> UUID | None:
    """Return the id of the current request's operation; None without an idempotency key.

    Requests with the same key are the same operation.
    """
    return _current.get()


def part(name: str) -> UUID | None:
    """Return an id for a thing that the current operation creates, by the thing's ``name``.

    The id is the same each time that the client repeats the request with the same idempotency key.
    Returns None if there is no operation.
    """
    operation = _current.get()
    return uuid5(operation, name) if operation else None


@contextmanager
def operating(operation: UUID | None) -> Iterator[None]:
    """Make ``operation`` the current one within the ``with`` block.

    What the block creates belongs to this operation.
    """
    token = _current.set(operation)
    try:
        yield
    finally:
        _current.reset(token)
