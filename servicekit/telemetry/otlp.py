"""Record the spans of sampled traces with OpenTelemetry, and send them to a collector over OTLP.

A process imports this module only if its settings name a collector. A thread sends the spans in
batches. If the collector is slow or away, spans are dropped; nothing waits for them.
"""

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.util.re import parse_env_headers

from servicekit.telemetry.tracing import Kind, Trace, Value

_PATH = "/v1/traces"
_QUEUE = 2048
_BATCH = 512
_EVERY_MILLISECONDS = 2_000
_ATTEMPT_SECONDS = 5.0
_CLOSE_SECONDS = 2.0
_KINDS = {kind: SpanKind[kind.name] for kind in Kind}
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_NANOSECONDS = 1_000_000_000

# One line for each batch that is lost is enough, without a line for each attempt.
logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)


class OtlpRecorder:
    """Records spans and sends them to a collector.

    Args:
        service: The name of the service.
        endpoint: The base URL of the collector, as http://collector:4318.
        headers: Headers of each request, as name=value,name=value.
        ratio: The share of the new traces that is sampled, from 0 to 1.
    """

    def __init__(self, service: str, endpoint: str, headers: str, ratio: float) -> None:
        self.ratio = ratio
        self._ids = _Ids()
        exporter = OTLPSpanExporter(
            endpoint.rstrip("/") + _PATH,
            headers=parse_env_headers(headers, liberal=True),
            timeout=_ATTEMPT_SECONDS,
        )
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # only spans of sampled traces come here
            resource=_resource(service),
            shutdown_on_exit=False,
            id_generator=self._ids,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=_QUEUE,
                schedule_delay_millis=_EVERY_MILLISECONDS,
                max_export_batch_size=_BATCH,
            )
        )
        self._tracer = self._provider.get_tracer("smsblaster")

    def begin(
        self, name: str, kind: Kind, parent: Trace, since: datetime | None, links: Sequence[Trace]
    ) -> "OtlpSpan":
        """Begin a span under ``parent``, now or at the time ``since``."""
        context = Context()
        if parent.is_new:
            self._ids.use_next(parent.id)
        else:
            context = set_span_in_context(NonRecordingSpan(_context_of(parent)), context)
        started = self._tracer.start_span(
            name,
            context,
            _KINDS[kind],
            links=[Link(_context_of(link)) for link in links],
            start_time=int(since.timestamp() * _NANOSECONDS) if since else None,
        )
        return OtlpSpan(started)

    def close(self) -> None:
        """Send the last spans, for at most two seconds."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(_CLOSE_SECONDS)


class OtlpSpan:
    """A span of OpenTelemetry. ``trace`` has it as the cause of what comes next."""

    def __init__(self, started: Span) -> None:
        self._span = started
        ids = started.get_span_context()
        self.trace = Trace(f"{ids.trace_id:032x}", f"{ids.span_id:016x}", sampled=True)

    def note(self, values: Mapping[str, Value]) -> None:
        """Add attributes."""
        self._span.set_attributes(values)

    def rename(self, name: str) -> None:
        """Replace the name."""
        self._span.update_name(name)

    def fail(self, error: str) -> None:
        """Set the status to an error."""
        self._span.set_attribute("error.type", error)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """Note the end, and hand the span over to the thread that sends it."""
        self._span.end()


class _Ids(RandomIdGenerator):
    """Random ids. The id of a trace is known before its first span begins."""

    def __init__(self) -> None:
        self._next = threading.local()

    def use_next(self, trace_id: str) -> None:
        """Use ``trace_id`` for the trace that this thread begins next."""
        self._next.trace_id = int(trace_id, 16)

    def generate_trace_id(self) -> int:
        """Return the id that was set for this thread."""
        trace_id: int = self._next.trace_id
        return trace_id


def _context_of(trace: Trace) -> SpanContext:
    return SpanContext(
        int(trace.id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=_SAMPLED
    )


def _resource(service: str) -> Resource:
    return Resource.create(
        {
            "service.name": service,
            "service.namespace": "smsblaster",
            "service.version": os.environ.get("SMSBLASTER_VERSION") or "unknown",
        }
    )
