"""Read Stripe's requests: check the signature, then read the fields that every event has."""

import re
import time
from collections.abc import Callable, Sequence

from servicekit.telemetry import clocks
from servicekit.text import UnreadableJson, read_json
from services.webhooks.domain.stripe_signature import is_timely, signed_at
from services.webhooks.domain.webhook import Source, Webhook
from services.webhooks.http.errors import BadSignature, MalformedWebhook
from services.webhooks.http.requests import Call

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,251}")


class StripeCalls:
    """Reads Stripe's requests. With `livemode`, events are about real money."""

    def __init__(
        self,
        secrets: Sequence[bytes],
        *,
        livemode: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secrets = secrets
        self._livemode = livemode
        self._clock = clock

    async def event(self, call: Call) -> Sequence[Webhook]:
        """Read an event from a request.

        While our clock is wrong by more than 5 minutes, every event is refused, and the log says
        so. Stripe repeats an event for three days, with a new signature each time.

        Raises:
            BadSignature: Stripe did not sign the request within the last 5 minutes.
            MalformedWebhook: The body is not a Stripe event, or the event is in test mode and we
                are in live mode, or the reverse.
        """
        at, now = signed_at(call.signature, call.body, self._secrets), self._clock()
        if at is None:
            raise BadSignature
        clocks.note_offset("stripe", at - now)
        if not is_timely(at, now):
            raise BadSignature
        return [Webhook(Source.STRIPE, self._event_id(call.body), call.body, call.signature)]

    def _event_id(self, body: bytes) -> str:
        try:
            event = read_json(body)
        except UnreadableJson:
            raise MalformedWebhook("The body is not JSON.") from None
        event_id = event.get("id") if isinstance(event, dict) else None
        if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
            raise MalformedWebhook("The body is not a Stripe event.")
        if event.get("livemode") is not self._livemode:
            raise MalformedWebhook(
                "The event's mode (live or test) is not the mode of this endpoint.",
                "livemode_mismatch",
            )
        return event_id
