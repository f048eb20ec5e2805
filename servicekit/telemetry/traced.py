"""Record the spans of a process if its settings name a collector."""

from collections.abc import Iterator
from contextlib import contextmanager

from servicekit.settings import ServiceSettings
from servicekit.telemetry import tracing


@contextmanager
def traced(service: str, settings: ServiceSettings) -> Iterator[None]:
    """Record the spans of sampled traces within the ``with`` block, and send them to the collector.

    Without a collector, nothing of OpenTelemetry is imported. Call this in the process that does
    the work, after all forks, because a thread sends the spans.
    """
    with tracing.recording(_recorder(service, settings)):
        yield


def _recorder(service: str, settings: ServiceSettings) -> tracing.Recorder | None:
    if not settings.otel_exporter_otlp_endpoint:
        return None
    from servicekit.telemetry.otlp import OtlpRecorder

    headers = settings.otel_exporter_otlp_headers
    return OtlpRecorder(
        service,
        settings.otel_exporter_otlp_endpoint,
        headers.get_secret_value() if headers else "",
        settings.otel_traces_sampler_arg,
    )
