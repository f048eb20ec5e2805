"""Put each request of an organisation into the request log."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import structlog
from flask import Flask, Response, g, request
from google.protobuf.message import Message

from servicekit.ids import id_at, time_of
from servicekit.problems import PROBLEM_TYPE
from servicekit.telemetry.context import request_id
from services.gateway.domain.logged_requests import (
    MOST_NAMES,
    LoggedRequest,
    kept_key,
    kept_path,
    problem_of,
)
from services.gateway.http.contract import Method
from services.gateway.http.idempotency import REPLAYED, used_key
from services.gateway.support.request_log_writer import RequestLogWriter
from smsblaster.options.v1.access_pb2 import RATE_CLASS_READ

log = structlog.get_logger()

# Each page of the console opens a live stream, which changes nothing.
_OPEN_STREAM = "StreamService.CreateTicket"


def add_request_log(app: Flask, writer: RequestLogWriter) -> None:
    """Log the requests of `app` whose caller is known. Nothing waits for the log."""

    too_many = FirstOfMinute()

    @app.after_request
    def keep(response: Response) -> Response:
        try:
            entry = _entry(response)
            if entry is not None and (entry.status != 429 or too_many.is_first(entry)):
                writer.add(entry)
        except Exception:  # the request was served, whatever happens to its entry
            log.exception("request_not_logged")
        return response


class FirstOfMinute:
    """Recognises the first request of each caller in a minute.

    Of the requests beyond the rate limit, only these are logged. Otherwise a client that repeats a
    request in a loop would fill the log.
    """

    def __init__(self) -> None:
        self._minute = -1
        self._callers: set[UUID] = set()

    def is_first(self, request: LoggedRequest) -> bool:
        """Return whether this is the first request of its API key, or user, in this minute."""
        minute = int(time_of(request.id).timestamp() // 60)
        caller = request.api_key_id or request.user_id
        if minute != self._minute:
            self._minute, self._callers = minute, set()
        is_first = caller not in self._callers
        self._callers.add(caller)
        return is_first


def _changes(method: Method) -> bool:
    return method.name != _OPEN_STREAM and method.access.rate_class != RATE_CLASS_READ


def named_fields(message: Message) -> Sequence[str]:
    """Return the names of the fields that a request has, with the counts of their items."""
    return sorted(_named(message))[:MOST_NAMES]


def _named(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        yield f"{field.json_name}[{len(value)}]" if field.is_repeated else str(field.json_name)


def _entry(response: Response) -> LoggedRequest | None:
    """Return the log entry of a request, or None for a request that is not logged.

    Every request with an API key is logged. Of signed-in users, only requests that can change
    something are logged.
    """
    identity, method = g.get("identity"), g.get("method")
    if identity is None or method is None or identity.org_id is None or identity.user_id is None:
        return None
    if g.get("api_key_id") is None and not _changes(method):
        return None
    seconds = time.perf_counter() - g.started
    is_problem = response.mimetype == PROBLEM_TYPE
    document = orjson.loads(response.get_data()) if is_problem else {}
    code, detail, faults = problem_of(document)
    key = used_key(method, request)
    return LoggedRequest(
        id=id_at(datetime.now(UTC) - timedelta(seconds=seconds)),
        org_id=identity.org_id,
        request_id=request_id(),
        api_key_id=g.get("api_key_id"),
        user_id=identity.user_id,
        method=request.method,
        route=method.path,
        path=kept_path(method.path, request.view_args or {}),
        status=response.status_code,
        code=code,
        detail=detail,
        faults=faults,
        fields=g.get("fields", ()),
        duration_ms=round(seconds * 1000),
        address=g.client_address,
        idempotency_key=kept_key(key) if key else None,
        replayed=REPLAYED in response.headers,
        request_bytes=request.content_length,
        response_bytes=response.calculate_content_length(),
    )
