"""JSON logs: static event names with fields, phone numbers masked, never a secret.

A line that can't be written, for example to a full disk, is dropped and counted, and the code that
logs it continues.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from io import UnsupportedOperation
from typing import Any, TextIO, cast

import orjson
import structlog
from prometheus_client import Counter

from servicekit.telemetry import tracing

LINES_LOST = Counter("smsblaster_log_lines_lost_total", "Log lines that could not be written")

_PHONE = re.compile(r"\+\d{8,15}")
# Name and password in an address, as in nats://user:password@host.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_SECRET_NAMES = re.compile(
    r"token|secret|password|authorization|api_?key|keyring|signature|cookie", re.I
)


def configure(service: str, level: str = "INFO") -> None:
    """Log as ``service`` to standard output, one JSON object per line.

    Log lines of Python's standard logging are written in the same way.
    """
    tracing.begin_process()
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _with_service(service),
            with_trace,
            _without_private_data,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Lines(sys.stdout))),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_ToStructlog()], force=True)


def masked(text: str) -> str:
    """Mask the middle of phone numbers, and credentials in URLs, in ``text``."""
    without_credentials = _CREDENTIALS.sub("[hidden]", text)
    return _PHONE.sub(lambda found: f"{found[0][:5]}***{found[0][-2:]}", without_credentials)


def _with_service(service: str) -> structlog.types.Processor:
    def add(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event["service"] = service
        return event

    return add


def with_trace(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Add the id of the current trace to a line."""
    event["trace_id"] = tracing.current().id
    return event


def _without_private_data(
    _: Any, __: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    return {name: _public(name, value) for name, value in event.items()}


def _public(name: str, value: Any) -> Any:
    """Return ``value`` without secrets and personal data, so that it can be logged."""
    if _SECRET_NAMES.search(name):
        return "[hidden]"
    if isinstance(value, Mapping):
        return {str(key): _public(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_public("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return masked(str(value))


def _json(event: Any, **_: Any) -> str:
    try:
        return orjson.dumps(event).decode()
    except TypeError:  # half of a surrogate pair, or a number past 64 bits: must not raise
        return json.dumps(event)


class _Lines:
    """A stream that writes whole lines; a line that can't be written is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_cut_off = False

    def write(self, line: str) -> None:
        """Write ``line`` with its line break, or as much as the disk has space for."""
        # Don't use the stream's own buffer: it would keep the bytes that could not be written.
        data = ("\n" * self._is_cut_off + line).encode(errors="backslashreplace")
        try:
            written = self._write(data)
        except (OSError, ValueError):  # ValueError: the stream was closed
            written = 0
        if written:
            self._is_cut_off = written < len(data)
        if written < len(data):
            LINES_LOST.inc()

    def flush(self) -> None:
        """Do nothing: each line is written at once."""

    def _write(self, data: bytes) -> int:
        try:
            descriptor = self._stream.fileno()
        except UnsupportedOperation:  # not a file, but a test that reads the log
            self._stream.write(data.decode())
            return len(data)
        return os.write(descriptor, data)


class _ToStructlog(logging.Handler):
    """Passes the log lines of libraries through the same processors as the platform's own."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        logger.log(
            record.levelno,
            "library_log",
            logger_name=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info,
        )
