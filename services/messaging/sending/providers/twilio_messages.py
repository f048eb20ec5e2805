"""Send messages through Twilio with plain HTTP requests, because this is the most frequent call.

Twilio's official SDK needs several times the CPU for the same request, and can't say whether a
request was written. The SDK is used for all other calls. `domain/outcomes.py` decides what an
answer means.
"""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from contextlib import nullcontext
from uuid import UUID

import orjson
import structlog
from yarl import URL

from servicekit.callbacks import CallbackNames
from servicekit.forms import form_quoted
from servicekit.outbound.client import HttpClient, Request
from servicekit.outbound.connection import NoAnswer, NotBegun, NothingWritten
from servicekit.telemetry.tracing import tracing
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.providers.twilio_latency import TwilioLatency
from services.messaging.sending.domain.outcomes import Outcome, Verdict, outcome_of_answer
from services.messaging.sending.domain.outgoing import Clearance, Outgoing

log = structlog.get_logger()

API_HOST = "api.twilio.com"
_FORM = "application/x-www-form-urlencoded"
# Set for each message, so that changing the messaging service's setting changes no price.
_ENCODED = {None: "", True: "&SmartEncoded=true", False: "&SmartEncoded=false"}
# Twilio itself may take 26 seconds. If we gave up earlier, more messages would become unknown.
_ANSWER_SECONDS = 30.0
_LATENCY = TwilioLatency("send")


class TwilioMessages:
    """Sends messages through Twilio. Create it inside the running event loop, and close it."""

    def __init__(
        self, base_url: str, callback_url: str, names: CallbackNames, concurrency: int
    ) -> None:
        self._base = base_url.format(host=API_HOST)
        self._callback_url = form_quoted(f"{callback_url}/")
        self._names = names
        self._concurrency = concurrency
        self._in_flight = asyncio.Semaphore(concurrency)  # of all batches together
        self._http = HttpClient(_ANSWER_SECONDS)

    async def send_all(
        self, account: SendingAccount, messages: Sequence[Outgoing], clearance: Clearance
    ) -> Sequence[Outcome]:
        """Ask Twilio to send `messages`, many at the same time.

        The `clearance` is asked right before each request. Never raises: an error of the network,
        of Twilio or of one message becomes the outcome of that message.

        Returns:
            The outcome of each message, in the same order.
        """
        path = f"/2010-04-01/Accounts/{account.sub_account_sid}/Messages.json"
        headers = {**authorization(account), "Content-Type": _FORM}
        request = Request.of("POST", URL(self._base + path, encoded=True), headers)
        outcomes: dict[UUID, Outcome] = {}
        waiting = iter(messages)

        async def send_next() -> None:
            for message in waiting:
                outcomes[message.id] = await self._send(request, account, message, clearance)

        at_once = min(self._concurrency, len(messages))
        await asyncio.gather(*(send_next() for _ in range(at_once)))
        return [outcomes[message.id] for message in messages]

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()

    def _form(self, account: SendingAccount, message: Outgoing) -> bytes:
        """Build the form of the request to Twilio.

        The callback URL contains our own id of the message, so that a callback finds its message
        even if it arrives before our commit or after our crash.
        """
        name = self._names.name(account.sub_account_sid, message.id)
        callback = f"{self._callback_url}{name}"
        sender = f"&From={form_quoted(message.from_number)}" if message.from_number else ""
        pictures = "".join(f"&MediaUrl={form_quoted(url)}" for url in message.media_urls)
        return (
            f"To={form_quoted(message.to)}&Body={form_quoted(message.body)}"
            f"&MessagingServiceSid={account.messaging_service_sid or ''}"
            f"&StatusCallback={callback}{sender}{_ENCODED[message.smart_encoded]}{pictures}"
        ).encode()

    async def _send(
        self, request: Request, account: SendingAccount, message: Outgoing, clearance: Clearance
    ) -> Outcome:
        try:
            form = self._form(account, message)
            with tracing(message.traceparent) if message.traceparent else nullcontext():
                return await self._when_cleared(request, message, form, clearance)
        except Exception:
            # This error must not lose the outcomes of the other messages in the batch.
            log.exception("message_not_handed_over", message_id=str(message.id))
            return Outcome(message.id, Verdict.UNKNOWN)

    async def _when_cleared(
        self, request: Request, message: Outgoing, form: bytes, clearance: Clearance
    ) -> Outcome:
        async with self._in_flight:
            while (outcome := await clearance.outcome_of(message)) is None:
                try:
                    answer = await _LATENCY.of(
                        self._http.send(request, form, lambda: clearance.allows(message))
                    )
                except NotBegun:
                    continue
                except NothingWritten:
                    return Outcome(message.id, Verdict.LATER)
                except NoAnswer:
                    return Outcome(message.id, Verdict.UNKNOWN)
                return _outcome(message, answer.status, answer.body)
            return outcome


def authorization(account: SendingAccount) -> dict[str, str]:
    """Return the HTTP header that authorizes requests of `account`."""
    pair = ":".join(account.signs_in_as).encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _outcome(message: Outgoing, status: int, body: bytes) -> Outcome:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    code = answer.get("code")
    known = code if isinstance(code, int) else None
    return outcome_of_answer(message.id, status, known, answer.get("sid"), message.attempts)
