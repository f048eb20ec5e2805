"""Traces: the requests, jobs and messages that belong together, across all processes.

All work has a trace. Its id is in every log line, and goes on with every call, every event in the
outbox and every message on the bus, in a W3C ``traceparent``. Work without a trace of its own, such
as the start of a process, has the trace of the process.

If the settings name a collector, a share of the traces is sampled (``telemetry.otlp``). Only for a
sampled trace are spans recorded. Otherwise this module does not import OpenTelemetry, and
:func:`span` does next to nothing.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

HEADER = "traceparent"
"""The name of the header with a trace, in gRPC's metadata and on the bus."""

_HEADER = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 1
_ID_BYTES, _SPAN_BYTES = 16, 8
_ALL_IDS = 1 << 64

Value = str | bool | int | float


class Kind(Enum):
    """What a span is about: serving or making a call, publishing or handling a message."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace, and the span in it that causes what comes next.

    ``is_new``: it has no span yet, so its next span is its first one.
    """

    id: str
    span_id: str
    sampled: bool = False
    is_new: bool = False

    @property
    def header(self) -> str:
        """The W3C ``traceparent``."""
        return f"00-{self.id}-{self.span_id}-{'01' if self.sampled else '00'}"

    @classmethod
    def of(cls, header: str | None) -> "Trace | None":
        """Read a ``traceparent``. Returns None if it is missing or malformed."""
        found = _HEADER.fullmatch(header) if header else None
        if found is None:
            return None
        return cls(found[1], found[2], bool(int(found[3], 16) & _SAMPLED))


class Span(Protocol):
    """One step of a trace, such as a call or a statement."""

    @property
    def trace(self) -> Trace:
        """The trace with this span as the cause of what comes next."""

    def note(self, values: Mapping[str, Value]) -> None:
        """Add attributes, named as OpenTelemetry's conventions say."""

    def rename(self, name: str) -> None:
        """Replace the name, which was not known when the span began."""

    def fail(self, error: str) -> None:
        """Mark the span as failed. ``error`` is the kind of error, without any private data."""

    def end(self) -> None:
        """Note that the step has ended now."""


class Recorder(Protocol):
    """Records the spans of sampled traces. ``ratio`` is the share of traces that is sampled."""

    ratio: float

    def begin(
        self, name: str, kind: Kind, parent: Trace, since: datetime | None, links: Sequence[Trace]
    ) -> Span:
        """Begin a span under ``parent``, now or at the time ``since``."""

    def close(self) -> None:
        """Export what is left, for a limited time."""


class _Unrecorded:
    """The span of a trace that is not sampled."""

    @property
    def trace(self) -> Trace:
        return current()

    def note(self, values: Mapping[str, Value]) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def fail(self, error: str) -> None:
        pass

    def end(self) -> None:
        pass


_UNRECORDED = _Unrecorded()
_current: ContextVar[Trace | None] = ContextVar("trace", default=None)
_recorder: Recorder | None = None


def _new_ids() -> tuple[str, str]:
    ids = secrets.token_hex(_ID_BYTES + _SPAN_BYTES)
    return ids[: 2 * _ID_BYTES], ids[2 * _ID_BYTES :]


_of_process = Trace(*_new_ids())


def begin_process() -> None:
    """Give this process a trace of its own. Before, a fork has the one of its parent."""
    global _of_process
    _of_process = Trace(*_new_ids())


@contextmanager
def recording(recorder: Recorder | None) -> Iterator[None]:
    """Record spans with ``recorder`` within the ``with`` block, in this whole process."""
    global _recorder
    before, _recorder = _recorder, recorder
    try:
        yield
    finally:
        _recorder = before
        if recorder is not None:
            recorder.close()


def is_recording() -> bool:
    """Tell whether this process records the spans of sampled traces."""
    return _recorder is not None


def current() -> Trace:
    """Return the trace of the current work."""
    return _current.get() or _of_process


def header() -> str:
    """Return the ``traceparent`` of the current work, for what it causes elsewhere."""
    return current().header


def sampled_header() -> str | None:
    """Return the ``traceparent`` of the current work if its trace is sampled."""
    trace = current()
    return trace.header if trace.sampled else None


def is_sampled() -> bool:
    """Tell whether spans of the current work are recorded."""
    trace = _current.get()
    return trace is not None and trace.sampled and _recorder is not None


@contextmanager
def tracing(given: str | None = None, *, sampled: bool | None = None) -> Iterator[Trace]:
    """Within the ``with`` block, continue the trace of the ``traceparent`` ``given``.

    If it is missing or malformed, begin a new trace. ``sampled`` then says whether it is sampled;
    by default that is left to chance.
    """
    trace = Trace.of(given) or _begun(sampled)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


@contextmanager
def span(
    name: str,
    kind: Kind = Kind.INTERNAL,
    expected: tuple[type[BaseException], ...] = (),
    links: Sequence[Trace] = (),
) -> Iterator[Span]:
    """Record the ``with`` block as a span of the current trace, if that is sampled.

    An error of the block marks the span as failed, unless it is one of the ``expected`` ones. Only
    the error's class is recorded, because texts of errors may have private data.
    """
    if not is_sampled():
        yield _UNRECORDED
        return
    begun = begin(name, kind, links=links)
    token = _current.set(begun.trace)
    try:
        yield begun
    except BaseException as error:
        if not isinstance(error, expected):
            begun.fail(type(error).__name__)
        raise
    finally:
        _current.reset(token)
        begun.end()


def begin(
    name: str,
    kind: Kind,
    *,
    parent: Trace | None = None,
    since: datetime | None = None,
    links: Sequence[Trace] = (),
) -> Span:
    """Begin a span under ``parent``, which is the current trace by default. The caller ends it.

    ``since``: the time at which it has begun, if that was earlier. ``links`` are traces that have
    to do with it. Nothing is recorded if the trace of ``parent`` is not sampled.
    """
    cause = parent or current()
    if _recorder is None or not cause.sampled:
        return _UNRECORDED
    return _recorder.begin(name, kind, cause, since, links)


def _begun(sampled: bool | None) -> Trace:
    trace_id, span_id = _new_ids()
    if sampled is None:
        # OpenTelemetry's own samplers decide in this way too.
        ratio = _recorder.ratio if _recorder is not None else 0.0
        sampled = int(trace_id[16:], 16) < ratio * _ALL_IDS
    return Trace(trace_id, span_id, sampled and _recorder is not None, is_new=True)
