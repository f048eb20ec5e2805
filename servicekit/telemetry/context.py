"""The id of the current request, which is passed on from the gateway through every service."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

import structlog

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """Return the id of the request being served; empty outside of one."""
    return _current.get()


@contextmanager
def serving_request(given: str | None) -> Iterator[str]:
    """Within the ``with`` block, use the request id ``given``, or a new one if it is malformed."""
    sane = given if given and _SANE.fullmatch(given) else uuid4().hex
    token = _current.set(sane)
    with structlog.contextvars.bound_contextvars(request_id=sane):
        try:
            yield sane
        finally:
            _current.reset(token)
