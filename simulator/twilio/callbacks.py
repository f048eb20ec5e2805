"""Status callbacks: the webhooks that Twilio posts when the status of a message changes."""

import asyncio
import time

from simulator.clock import new_sid, now_s
from simulator.edge import FORM_TYPE
from simulator.faults import Faults
from simulator.forms import encode_form
from simulator.outbound import Delivery, Outbound, Outcome
from simulator.twilio.models import Message
from simulator.twilio.signature import sign, without_fragment
from simulator.twilio.state import Twilio

DEFAULT_RETRIES = 1
MAX_RETRIES = 5
BACKLOG = 5000
DEFAULT_POLICY = "ct"


class Callbacks:
    """Builds, signs and sends status callbacks.

    Args:
        twilio: Contains the accounts' tokens, with which callbacks are signed.
        outbound: Sends the callbacks.
        faults: Faults that are set; they may shuffle the callbacks of a message.
    """

    def __init__(self, twilio: Twilio, outbound: Outbound, faults: Faults) -> None:
        self._twilio = twilio
        self._outbound = outbound
        self._faults = faults
        self._held: dict[int, list[Delivery]] = {}
        self._expected: dict[str, asyncio.Future[None]] = {}

    @property
    def is_backed_up(self) -> bool:
        """Tell whether too many callbacks are waiting in memory."""
        return self._outbound.pending > BACKLOG

    def announce(self, message: Message, *, last: bool) -> None:
        """Send a callback with a message's current status.

        Args:
            message: The message.
            last: True if no further status will follow.
        """
        if message.status_callback:
            self._hold_or_send(message, self._delivery(message, message.status_callback), last)

    def expect(self, message: Message) -> asyncio.Future[None]:
        """Return a future that is done when this message's next callback has got a response."""
        future = asyncio.get_running_loop().create_future()
        self._expected[message.sid] = future
        return future

    def _hold_or_send(self, message: Message, delivery: Delivery, last: bool) -> None:
        shuffle = self._faults.callbacks("twilio").shuffle
        deliveries = [*self._held.pop(message.id, []), delivery]
        if shuffle and not last:
            self._held[message.id] = deliveries
            return
        if shuffle:
            self._faults.random.shuffle(deliveries)
        for each in deliveries:
            self._outbound.submit(each)

    def _delivery(self, message: Message, callback: str) -> Delivery:
        url, _ = without_fragment(callback)
        params = status_params(message)
        token = self._twilio.account(message.account_sid).auth_token
        return Delivery(
            provider="twilio",
            sid=message.sid,
            url=url,
            body=encode_form(params).encode(),
            headers=signed_headers(sign(token, url, params.items())),
            done=lambda delivery, outcome: self._after(delivery, outcome, callback),
        )

    def _after(self, delivery: Delivery, outcome: Outcome, callback: str) -> None:
        waiting = self._expected.pop(delivery.sid, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        if should_retry(delivery, outcome, callback):
            self._outbound.retry(delivery)


def signed_headers(signature: str) -> dict[str, str]:
    """Return the headers of a webhook. All its retries have the same idempotency token."""
    return {
        "Content-Type": FORM_TYPE,
        "X-Twilio-Signature": signature,
        "I-Twilio-Idempotency-Token": new_sid(""),
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
    }


def status_params(message: Message) -> dict[str, str]:
    """Return the parameters of a status callback, as Twilio documents them."""
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
        "AccountSid": message.account_sid,
        "From": message.from_number or "",
        "To": message.to_number,
        "ApiVersion": "2010-04-01",
    }
    if message.messaging_service_sid:
        params["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code is not None:
        params["ErrorCode"] = str(message.error_code)
    if message.status in ("delivered", "undelivered"):
        params["RawDlrDoneDate"] = time.strftime("%y%m%d%H%M", time.gmtime(now_s()))
    return params


def should_retry(delivery: Delivery, outcome: Outcome, configured_url: str) -> bool:
    """Tell whether the URL's connection overrides (`#rc=3&rp=all`) ask for a retry."""
    if outcome.ok or outcome.error == "lost":
        return False
    _, overrides = without_fragment(configured_url)
    asked = overrides.get("rc")
    retries = min(int(asked), MAX_RETRIES) if asked.isdigit() else DEFAULT_RETRIES
    policy = overrides.get("rp", DEFAULT_POLICY).split(",")
    return delivery.attempt <= retries and ("all" in policy or _kind(outcome) in policy)


def _kind(outcome: Outcome) -> str:
    """Return the kind of failure, as the retry policy (`rp`) names it: ct, rt, 4xx or 5xx."""
    if outcome.status is None:
        return "ct" if outcome.error == "connect" else "rt"
    return f"{outcome.status // 100}xx"
