"""Twilio's status callbacks: apply delivery reports, many at a time.

Handling a callback again changes nothing: its delivery event is stored once (unique on message,
status and code) and a message only moves forward. So no bus inbox is needed. A callback about a
message that is not stored stores the message, once for each SID.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC
from uuid import UUID

import structlog
from prometheus_client import Histogram
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.ids import new_id, parse_id
from servicekit.isolation import may_pass, one_by_one
from servicekit.telemetry import clocks, tracing
from servicekit.telemetry.tracing import Kind, Trace
from servicekit.text import storable, storable_json
from services.messaging.common.events.outcomes import webhooks_handled
from services.messaging.sending.domain.delivery_reports import DeliveryReport
from services.messaging.sending.domain.message_status import from_twilio
from services.messaging.sending.storage import reported_messages
from services.messaging.sending.storage import reports as storage
from services.messaging.sending.storage.reported_messages import ReportedMessage
from services.messaging.sending.storage.reports import DeliveryEvent, KnownMessage
from services.messaging.sending.usecases.apply_reports import ApplyReports
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()

APPLIED = Histogram(
    "smsblaster_status_callback_seconds",
    "Seconds from the arrival of a status callback until the message shows it",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)


class TwilioStatus:
    """Consumes `webhook.twilio.status`: applies the status callbacks of messages."""

    def __init__(self, database: Database, apply: ApplyReports) -> None:
        self._database = database
        self._apply = apply

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Apply the callbacks of `batch` in one transaction.

        If a bus event of several callbacks fails, its callbacks are applied one by one. The
        webhooks service publishes those that fail again, each as its own event.
        """
        messages = [events_pb2.WebhooksReceived.FromString(m.payload) for m in batch]
        callbacks = [callback for message in messages for callback in message.webhooks]
        if len(batch) > 1 or len(callbacks) == 1:
            await self._apply_all(callbacks)
            return
        for callback, error in await one_by_one(callbacks, self._apply_all):
            if may_pass(error):
                raise error
            log.warning("callback_left", webhook_id=callback.id, error=repr(error))

    async def _apply_all(self, callbacks: Sequence[events_pb2.WebhookReceived]) -> None:
        async with self._database.system() as connection:
            known = await _find(connection, callbacks)
            reported = _reported(c for c in callbacks if known.about(c) is None)
            if reported:
                await reported_messages.store(connection, reported)
                known = await _find(connection, callbacks)
            matched = list(_match(callbacks, known))
            moved = await self._apply.apply(
                connection,
                [_report(message, c) for message, c in matched],
                [_event(message, c) for message, c in matched],
            )
            await announce(connection, webhooks_handled(callbacks))
        for message, callback in matched:
            _record_span(message, callback)
        for callback in callbacks:
            APPLIED.observe(clocks.age_of(callback.received_at.ToDatetime(tzinfo=UTC)))
        await self._apply.follow_up(moved)


class _Messages:
    """The stored messages that a batch of callbacks may be about."""

    def __init__(self, known: Sequence[KnownMessage]) -> None:
        self._by_id: dict[UUID | None, KnownMessage] = {message.id: message for message in known}
        self._by_sid = {message.provider_sid: message for message in known if message.provider_sid}

    def about(self, callback: events_pb2.WebhookReceived) -> KnownMessage | None:
        """Return the message that `callback` is about, of any organisation, or None.

        It is the message whose id is in the callback's URL, unless this message has no SID yet and
        another message has the callback's SID.
        """
        named = self._by_id.get(parse_id(callback.message_id))
        if named and named.provider_sid:
            return named
        return self._by_sid.get(callback.form.get("MessageSid", "")) or named


async def _find(
    connection: AsyncConnection, callbacks: Iterable[events_pb2.WebhookReceived]
) -> _Messages:
    ids = [message_id for c in callbacks if (message_id := parse_id(c.message_id))]
    sids = [sid for c in callbacks if (sid := c.form.get("MessageSid"))]
    return _Messages(await storage.find(connection, ids, sids))


def _reported(callbacks: Iterable[events_pb2.WebhookReceived]) -> list[ReportedMessage]:
    """Return the message that each SID's callback describes, so that an unknown one can be stored.

    Callbacks without an organisation, a known status, a SID or a recipient are left out.
    """
    by_sid: dict[str, ReportedMessage] = {}
    for callback in callbacks:
        if _says_enough(callback):
            named = parse_id(callback.message_id)
            reported = ReportedMessage(
                named or new_id(),
                named is not None,
                UUID(callback.org_id),
                storable_json(dict(callback.form)),
                callback.received_at.ToDatetime(tzinfo=UTC),
            )
            by_sid.setdefault(callback.form["MessageSid"], reported)
    return list(by_sid.values())


def _says_enough(callback: events_pb2.WebhookReceived) -> bool:
    form = callback.form
    known_status = from_twilio(form.get("MessageStatus", ""))
    return bool(callback.org_id and known_status and form.get("MessageSid") and form.get("To"))


def _match(
    callbacks: Iterable[events_pb2.WebhookReceived], messages: _Messages
) -> Iterable[tuple[KnownMessage, events_pb2.WebhookReceived]]:
    """Pair each callback with its message.

    The message must belong to the organisation whose token signed the callback, and must not have
    another SID.
    """
    for callback in callbacks:
        message, sid = messages.about(callback), callback.form.get("MessageSid", "")
        if message is None:
            log.warning("callback_for_no_message", webhook_id=callback.id)
        elif str(message.org_id) != callback.org_id or message.provider_sid not in (None, sid):
            log.error("callback_for_foreign_message", webhook_id=callback.id)
        else:
            yield message, callback


def _record_span(message: KnownMessage, callback: events_pb2.WebhookReceived) -> None:
    """Record a callback in its message's trace, from its arrival until it is applied.

    Twilio sends no trace back, and one batch has callbacks of many traces.
    """
    trace = Trace.of(message.traceparent)
    if trace is None:
        return
    arrived = callback.received_at.ToDatetime(tzinfo=UTC)
    links = [tracing.current()]
    span = tracing.begin("twilio callback", Kind.SERVER, parent=trace, since=arrived, links=links)
    span.note({"smsblaster.status": callback.form.get("MessageStatus", "")})
    span.end()


def _report(message: KnownMessage, callback: events_pb2.WebhookReceived) -> DeliveryReport:
    form = callback.form
    return DeliveryReport(
        message.id,
        from_twilio(form.get("MessageStatus", "")),
        _error_code(form.get("ErrorCode", "")),
        form.get("MessageSid") or None,
        form.get("From") or None,
    )


def _event(message: KnownMessage, callback: events_pb2.WebhookReceived) -> DeliveryEvent:
    form = callback.form
    return DeliveryEvent(
        message.org_id,
        message.id,
        storable(form.get("MessageStatus", ""))[:50],
        _error_code(form.get("ErrorCode", "")),
        {} if message.is_erased else storable_json(dict(form)),
        callback.received_at.ToDatetime(tzinfo=UTC),
        message.keeps_payload,
    )


def _error_code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else None
