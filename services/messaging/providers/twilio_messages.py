"""Sending: the one hot call to Twilio, in its own wire format over a lean client.

The official SDK costs several times the CPU of this for the same request; it is used for all the
rest. What an answer means is decided in ``domain/outcomes.py``.
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

import aiohttp
import orjson

from services.messaging.domain.accounts import SendingAccount
from services.messaging.domain.outcomes import Outcome, Verdict, judge

API_HOST = "api.twilio.com"
# Twilio may take 26 seconds before it gives up itself; giving up sooner leaves messages unknown.
_TIMEOUT = aiohttp.ClientTimeout(total=35, connect=5)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send."""

    id: UUID
    to: str
    body: str


class TwilioMessages:
    """Creates messages at Twilio. Make it within the running loop, and close it."""

    def __init__(self, base_url: str, callback_url: str, concurrency: int) -> None:
        self._base = base_url.format(host=API_HOST)
        self._callback_url = callback_url
        self._in_flight = asyncio.Semaphore(concurrency)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=concurrency), timeout=_TIMEOUT
        )

    async def send(self, account: SendingAccount, message: Outgoing) -> Outcome:
        """Ask Twilio to send ``message``. Never raises for what the network or Twilio does.

        The callback address carries our own id, so that a callback that outruns our commit, or
        outlives our crash, still finds its message.
        """
        form = {
            "To": message.to,
            "Body": message.body,
            "MessagingServiceSid": account.messaging_service_sid or "",
            "StatusCallback": f"{self._callback_url}/{message.id}",
        }
        url = f"{self._base}/2010-04-01/Accounts/{account.sub_account_sid}/Messages.json"
        headers = authorization(account)
        async with self._in_flight:
            try:
                async with self._http.post(url, data=form, headers=headers) as answer:
                    return _judged(message.id, answer.status, await answer.read())
            except aiohttp.ClientConnectorError:  # refused before a byte was written
                return Outcome(message.id, Verdict.LATER)
            except (aiohttp.ClientError, TimeoutError):
                return Outcome(message.id, Verdict.UNKNOWN)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def authorization(account: SendingAccount) -> dict[str, str]:
    """The header with which ``account`` signs in."""
    pair = f"{account.sub_account_sid}:{account.auth_token}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _judged(message_id: UUID, status: int, body: bytes) -> Outcome:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    code = answer.get("code")
    return judge(message_id, status, code if isinstance(code, int) else None, answer.get("sid"))
