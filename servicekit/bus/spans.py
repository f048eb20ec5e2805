"""Continue traces over the outbox and the bus, and record both as spans.

An event keeps the trace of the work that announced it. A consumer that handles one event continues
this trace. If it handles several events together, it works in a new trace, so that a line in the
log never names the trace of only one of them. Each sampled trace still gets a span, which is linked
to the new trace.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from servicekit.telemetry import tracing
from servicekit.telemetry.tracing import HEADER, Kind, Span, Trace


class Stored(Protocol):
    """A row of the outbox."""

    @property
    def id(self) -> int:
        """The id of the row."""

    @property
    def subject(self) -> str:
        """The subject of the event."""

    @property
    def created_at(self) -> datetime:
        """The start of the transaction that stored the row."""

    @property
    def traceparent(self) -> str | None:
        """The trace of the event; None in rows that an older release stored."""


@contextmanager
def publishing(rows: Iterable[Stored]) -> Iterator[Mapping[int, dict[str, str]]]:
    """Record the time of each event in the outbox, up to its publication in the ``with`` block.

    Yields the headers with which to publish each row, by the row's id.
    """
    spans: dict[int, Span] = {}
    headers: dict[int, dict[str, str]] = {}
    for row in rows:
        parent = Trace.of(row.traceparent) if tracing.is_recording() else None
        if parent is not None and parent.sampled:
            name = f"publish {row.subject}"
            span = tracing.begin(name, Kind.PRODUCER, parent=parent, since=row.created_at)
            span.note({"messaging.system": "nats", "messaging.destination.name": row.subject})
            spans[row.id] = span
            headers[row.id] = {HEADER: span.trace.header}
        elif row.traceparent:
            headers[row.id] = {HEADER: row.traceparent}
    try:
        yield headers
    finally:
        for span in spans.values():
            span.end()


@contextmanager
def handling(consumer: str, traceparents: Iterable[str | None]) -> Iterator[Sequence[Span]]:
    """Handle messages in the ``with`` block, in their trace, or in a new one if they have several.

    Yields the spans that are about the messages.
    """
    causes = [Trace.of(given) for given in dict.fromkeys(traceparents)]
    name = f"process {consumer}"
    if len({cause.id if cause else None for cause in causes}) == 1:
        given = causes[0].header if causes[0] else None
        with tracing.tracing(given), tracing.span(name, Kind.CONSUMER) as span:
            yield [span]
        return
    sampled = [cause for cause in causes if cause and cause.sampled]
    with (
        tracing.tracing(sampled=bool(sampled)),
        tracing.span(name, Kind.CONSUMER, links=sampled) as together,
    ):
        links = [together.trace]
        spans = [tracing.begin(name, Kind.CONSUMER, parent=cause, links=links) for cause in sampled]
        try:
            yield [together, *spans]
        finally:
            for span in spans:
                span.end()
