"""Sending: the one hot call to Twilio, in its own wire format over a lean client.

The official SDK costs several times the CPU of this for the same request; it is used for all the
rest. What an answer means is decided in ``domain/outcomes.py``.
"""

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus
from uuid import UUID

import aiohttp
import orjson
from yarl import URL

from servicekit.callbacks import CallbackNames
from services.messaging.domain.accounts import SendingAccount
from services.messaging.domain.deadlines import Deadline
from services.messaging.domain.outcomes import Outcome, Verdict, judge

API_HOST = "api.twilio.com"
# Twilio may take 26 seconds before it gives up itself; giving up sooner leaves messages unknown.
_FORM = "application/x-www-form-urlencoded"
# No connection came about, so Twilio has seen nothing.
_NOTHING_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# Said of each message, so that a setting that is changed meanwhile changes no price.
_ENCODED = {None: "", True: "&SmartEncoded=true", False: "&SmartEncoded=false"}
_TIMEOUT = aiohttp.ClientTimeout(total=35, connect=5)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send.

    ``attempts``: how often it was tried, with this time. ``from_number``: a number of the
    messaging service to send from; None leaves the choice to the service. ``smart_encoded``:
    whether Twilio replaces look-alikes in it, as it was counted and charged; None leaves that to
    the service's own setting.
    """

    id: UUID
    to: str
    body: str
    attempts: int
    from_number: str | None = None
    smart_encoded: bool | None = None


class TwilioMessages:
    """Creates messages at Twilio. Make it within the running loop, and close it."""

    def __init__(
        self, base_url: str, callback_url: str, names: CallbackNames, concurrency: int
    ) -> None:
        self._base = base_url.format(host=API_HOST)
        self._callback_url = quote_plus(f"{callback_url}/")
        self._names = names
        self._in_flight = asyncio.Semaphore(concurrency)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=concurrency),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
        )

    async def send_all(
        self, account: SendingAccount, messages: Sequence[Outgoing], deadline: Deadline
    ) -> Sequence[Outcome]:
        """Ask Twilio to send ``messages``, many at a time; what became of each, in their order.

        Those that have not been begun by the ``deadline`` are for later. Never raises for what the
        network or Twilio does.
        """
        path = f"/2010-04-01/Accounts/{account.sub_account_sid}/Messages.json"
        url = URL(self._base + path, encoded=True)
        headers = {**authorization(account), "Content-Type": _FORM}
        return await asyncio.gather(
            *(
                self._send(url, headers, message, self._form(account, message), deadline)
                for message in messages
            )
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _form(self, account: SendingAccount, message: Outgoing) -> bytes:
        """The request's form.

        The callback address carries our own id, so that a callback that outruns our commit, or
        outlives our crash, still finds its message.
        """
        name = self._names.name(account.sub_account_sid, message.id)
        callback = f"{self._callback_url}{name}"
        sender = f"&From={quote_plus(message.from_number)}" if message.from_number else ""
        return (
            f"To={quote_plus(message.to)}&Body={quote_plus(message.body)}"
            f"&MessagingServiceSid={account.messaging_service_sid or ''}"
            f"&StatusCallback={callback}{sender}{_ENCODED[message.smart_encoded]}"
        ).encode()

    async def _send(
        self,
        url: URL,
        headers: Mapping[str, str],
        message: Outgoing,
        form: bytes,
        deadline: Deadline,
    ) -> Outcome:
        async with self._in_flight:
            if deadline.has_passed:
                return Outcome(message.id, Verdict.LATER)
            try:
                async with self._http.post(url, data=form, headers=headers) as answer:
                    return _judged(message, answer.status, await answer.read())
            except _NOTHING_WRITTEN:
                return Outcome(message.id, Verdict.LATER)
            except (aiohttp.ClientError, TimeoutError):
                return Outcome(message.id, Verdict.UNKNOWN)


def authorization(account: SendingAccount) -> dict[str, str]:
    """The header with which ``account`` signs in."""
    pair = ":".join(account.signs_in_as).encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _judged(message: Outgoing, status: int, body: bytes) -> Outcome:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    code = answer.get("code")
    known = code if isinstance(code, int) else None
    return judge(message.id, status, known, answer.get("sid"), message.attempts)
