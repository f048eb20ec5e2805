"""Twilio's status callbacks: the provider's word on messages, many at a time.

A callback's effect is idempotent by itself: its event is kept once (unique on message, word and
code) and a message only moves forward. That is its inbox.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC
from uuid import UUID

import structlog

from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.ids import parse_id
from services.messaging.domain.statuses import Report, from_twilio
from services.messaging.events.outcomes import handled
from services.messaging.storage import reports as storage
from services.messaging.storage.reports import Event, Known
from services.messaging.usecases.apply_reports import ApplyReports
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()


class TwilioStatus:
    """Consumes ``webhook.twilio.status``."""

    def __init__(self, database: Database, apply: ApplyReports) -> None:
        self._database = database
        self._apply = apply

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Apply the callbacks of ``batch`` in one transaction."""
        messages = [events_pb2.WebhooksReceived.FromString(m.payload) for m in batch]
        callbacks = [callback for message in messages for callback in message.webhooks]
        async with self._database.system() as connection:
            known = await storage.find(
                connection,
                [i for c in callbacks if (i := parse_id(c.message_id))],
                [sid for c in callbacks if (sid := c.form.get("MessageSid"))],
            )
            matched = list(_match(callbacks, known))
            moved = await self._apply(
                connection,
                [_report(message, c) for message, c in matched],
                [_event(message, c) for message, c in matched],
            )
            await announce(connection, handled(callbacks))
        await self._apply.follow_up(moved)


def _match(
    callbacks: Iterable[events_pb2.WebhookReceived], known: Sequence[Known]
) -> Iterable[tuple[Known, events_pb2.WebhookReceived]]:
    """Each callback with the message it is about: by the id in its address, else by its SID.

    It must be a message of the organisation whose token signed, and not known under another SID.
    """
    by_id: dict[UUID, Known] = {message.id: message for message in known}
    by_sid = {message.provider_sid: message for message in known if message.provider_sid}
    for callback in callbacks:
        sid = callback.form.get("MessageSid", "")
        named = parse_id(callback.message_id)
        message = by_id.get(named) if named else by_sid.get(sid)
        if message is None:
            log.warning("callback_for_no_message", webhook_id=callback.id)
        elif str(message.org_id) != callback.org_id or message.provider_sid not in (None, sid):
            log.error("callback_for_foreign_message", webhook_id=callback.id)
        else:
            yield message, callback


def _report(message: Known, callback: events_pb2.WebhookReceived) -> Report:
    form = callback.form
    return Report(
        message.id,
        from_twilio(form.get("MessageStatus", "")),
        _error_code(form.get("ErrorCode", "")),
        form.get("MessageSid") or None,
        form.get("From") or None,
    )


def _event(message: Known, callback: events_pb2.WebhookReceived) -> Event:
    form = callback.form
    return Event(
        message.org_id,
        message.id,
        form.get("MessageStatus", "")[:50],
        _error_code(form.get("ErrorCode", "")),
        dict(form),
        callback.received_at.ToDatetime(tzinfo=UTC),
    )


def _error_code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else None
