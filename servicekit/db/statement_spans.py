"""Record each SQL statement as a span of the work that executes it."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from servicekit.telemetry import tracing
from servicekit.telemetry.tracing import Kind

_SPAN = "smsblaster.span"
_SHOWN_CHARACTERS = 1_000


def record_statements(engine: Engine) -> None:
    """Record the statements of ``engine`` that belong to sampled traces.

    The text of a statement is recorded, and its parameters are not, because they have personal
    data.
    """
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def _begin(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not tracing.is_sampled():
        return
    name = statement.split(maxsplit=1)[0].upper() if statement.strip() else "SQL"
    span = tracing.begin(name, Kind.CLIENT)
    text = statement.strip()[:_SHOWN_CHARACTERS]
    span.note({"db.system.name": "postgresql", "db.operation.name": name, "db.query.text": text})
    connection.info[_SPAN] = span


def _end(connection: Connection, *_: Any) -> None:
    if tracing.is_sampled():
        span = connection.info.pop(_SPAN, None)
        if span is not None:
            span.end()


def _fail(context: ExceptionContext) -> None:
    if tracing.is_sampled() and context.connection is not None:
        span = context.connection.info.pop(_SPAN, None)
        if span is not None:
            span.fail(type(context.original_exception).__name__)
            span.end()
