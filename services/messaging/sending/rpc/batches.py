"""`BatchService`: many texts in one request."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from servicekit import identity
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.batches import (
    AcceptedText,
    Duplicate,
    Entry,
    Outcome,
    OwnText,
    Refused,
    WaitingText,
)
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.send_options import SendOptions
from services.messaging.sending.providers.balance import Balances
from services.messaging.sending.rpc.convert import batch_errors, content_of, payer, time_of
from services.messaging.sending.rpc.quote import quote_message
from services.messaging.sending.usecases.quote_messages import QuotedText, QuoteMessages
from services.messaging.sending.usecases.schedule_messages import ScheduleMessages
from services.messaging.sending.usecases.send_batch import SendBatch
from smsblaster.messaging.v1 import batches_pb2, batches_pb2_grpc, messages_pb2, quote_pb2

_BatchRequest: TypeAlias = messages_pb2.SendBatchRequest | batches_pb2.SendTextsRequest


class Batches:
    """Sends batches now or later, and converts each recipient's outcome to protobuf."""

    def __init__(self, send: SendBatch, schedule: ScheduleMessages) -> None:
        self._send = send
        self._schedule = schedule

    async def send(
        self, request: _BatchRequest, body: str, entries: Sequence[Entry]
    ) -> messages_pb2.SendBatchResponse:
        """Send `body`, or the recipients' own texts, to `entries`."""
        version, content = request.price_version or None, content_of(request, body)
        when = time_of(
            request.send_at if request.HasField("send_at") else None, request.respect_quiet_hours
        )
        if when is None:
            outcomes = await self._send.send(payer(), entries, content, version)
            return _response(entries, content.options, outcomes)
        later = await self._schedule.schedule_batch(payer(), entries, content, when, version)
        response = _response(entries, content.options, later.outcomes)
        if later.send:
            response.scheduled_id = str(later.send.id)
        return response


class BatchRpc(batches_pb2_grpc.BatchServiceServicer):
    """Sends and prices batches in which each recipient can have a text of their own."""

    def __init__(self, batches: Batches, quote: QuoteMessages, balances: Balances) -> None:
        self._batches = batches
        self._quote = quote
        self._balances = balances

    async def SendTexts(
        self, request: batches_pb2.SendTextsRequest, context: Context
    ) -> messages_pb2.SendBatchResponse:
        """Send each recipient their text, now or later."""
        return await self._batches.send(request, request.body, [*map(_entry, request.texts)])

    async def QuoteBatch(
        self, request: batches_pb2.QuoteBatchRequest, context: Context
    ) -> quote_pb2.Quote:
        """Return the price of the texts."""
        org_id = identity.current().require_org()
        text = QuotedText(request.body, request.pictures, request.from_number or None)
        entries = [*map(_entry, request.texts)]
        quoted = await self._quote.quote(org_id, text, entries, None)
        quote = quote_message(quoted.longest_body, quoted, await self._balances.paying())
        quote.texts.extend(fill(quote_pb2.PricedText(), priced) for priced in quoted.texts)
        return quote


def _entry(text: batches_pb2.BatchText) -> Entry:
    own = OwnText(
        text.body if text.HasField("body") else None, text.reference or None, dict(text.metadata)
    )
    refused = None
    if text.HasField("refusal"):
        why = Refusal(text.refusal.code, text.refusal.message)
        refused = Refused(why, text.refusal.field or None)
    return Entry(text.to, text.field, own, refused, text.contact_id or None)


def _response(
    entries: Sequence[Entry], options: SendOptions, outcomes: Sequence[Outcome]
) -> messages_pb2.SendBatchResponse:
    kinds = Counter(map(type, outcomes))
    results = [_result(*each, options) for each in zip(entries, outcomes, strict=True)]
    refused = [
        (entry.number, outcome.why)
        for entry, outcome in zip(entries, outcomes, strict=True)
        if isinstance(outcome, Refused | Duplicate)
    ]
    return messages_pb2.SendBatchResponse(
        total=len(entries),
        sent=kinds[AcceptedText],
        scheduled=kinds[WaitingText],
        failed=kinds[Refused],
        duplicates=kinds[Duplicate],
        errors=batch_errors(refused),
        message_ids=[each.message_id for each in results if each.message_id],
        price_cents=sum(each.price_cents for each in results),
        results=results,
    )


def _result(entry: Entry, outcome: Outcome, options: SendOptions) -> messages_pb2.BatchResult:
    result = messages_pb2.BatchResult(
        status=_STATUSES[type(outcome)],
        to=entry.number or None,
        reference=entry.own.options(options).reference,
    )
    if isinstance(outcome, Refused | Duplicate):
        result.code, result.message = outcome.why.code, outcome.why.message
        if outcome.field:
            result.field = outcome.field
    else:
        result.segments, result.price_cents = outcome.segments, outcome.price_cents
    if isinstance(outcome, AcceptedText):
        result.message_id = str(outcome.message_id)
    if isinstance(outcome, Duplicate):
        result.duplicate_of = outcome.of
    return result


_STATUSES = {
    AcceptedText: messages_pb2.BATCH_RESULT_STATUS_ACCEPTED,
    WaitingText: messages_pb2.BATCH_RESULT_STATUS_SCHEDULED,
    Refused: messages_pb2.BATCH_RESULT_STATUS_REFUSED,
    Duplicate: messages_pb2.BATCH_RESULT_STATUS_DUPLICATE,
}
