"""The ids of the current request, which are passed on from the gateway through every service."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

import structlog

from servicekit.telemetry.tracing import tracing

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """Return the id of the request being served; empty outside of one."""
    return _current.get()


@contextmanager
def serving_request(given: str | None, traceparent: str | None = None) -> Iterator[str]:
    """Within the ``with`` block, use the request id ``given``, or a new one if it is malformed.

    The request belongs to the trace of ``traceparent``, or begins a new trace. Requests from
    outside the platform always begin one: their senders must not decide what we record.
    """
    sane = given if given and _SANE.fullmatch(given) else uuid4().hex
    token = _current.set(sane)
    with structlog.contextvars.bound_contextvars(request_id=sane), tracing(traceparent):
        try:
            yield sane
        finally:
            _current.reset(token)
