"""Read messages from Twilio: the status of sent ones, and the incoming ones."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from aiohttp import hdrs

from servicekit.errors import Unavailable
from servicekit.phones import forms_of
from servicekit.telemetry import clocks
from servicekit.text import read_json, storable
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.domain.provider_fields import body_of, count_in, segments_in
from services.messaging.sending.providers.twilio_messages import API_HOST, authorization

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
_PAGE_SIZE = 1000
_MAX_CODE = 999_999
_MAX_ATTACHMENTS = 10
"""Maximum files that Twilio lists for one message."""


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """A message as Twilio shows it now."""

    sid: str
    status: str
    error_code: int | None
    from_number: str | None
    to: str
    body: str
    inbound: bool
    segments: int
    created_at: datetime
    media_count: int = 0


@dataclass(frozen=True, slots=True)
class MessageList:
    """The messages in Twilio's list, and the time by Twilio's clock when Twilio was asked."""

    messages: Sequence[ProviderMessage]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class _Document:
    content: Mapping[str, Any]
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page of Twilio's list of messages. `answered_at`: Twilio's time of the response."""

    messages: Sequence[ProviderMessage]
    answered_at: datetime


class TwilioReader:
    """Reads messages. Create it inside the running event loop, and close it."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.format(host=API_HOST)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)

    async def fetch(self, account: SendingAccount, sid: str) -> ProviderMessage | None:
        """Return one message, or None if Twilio has deleted it. Raises `Unavailable`."""
        content = await self.get(account, f"/{sid}.json")
        return _message(content) if content else None

    async def sent_to(
        self, account: SendingAccount, to: str, since: Callable[[datetime], datetime]
    ) -> MessageList:
        """List the messages to a phone number that Twilio created since a time, newest first.

        Twilio is not asked to filter by date, because a message that is not sent yet has no date.
        Twilio's list is sorted by the date of sending, so reading stops only after a whole page of
        older messages. Twilio compares phone numbers character by character, but a message may have
        been sent to the same phone number in another format, so Twilio is asked for each format.

        Args:
            account: The account.
            to: The phone number.
            since: A function that gets the current time and returns the earliest time, both by
                Twilio's clock.

        Raises:
            Unavailable: Twilio does not answer.
        """
        lists = [await self._list(account, {"To": form}, since) for form in forms_of(to)]
        found = [message for listed in lists for message in listed.messages]
        found.sort(key=lambda message: message.created_at, reverse=True)
        return MessageList(found, min(listed.asked_at for listed in lists))

    async def sent_since(
        self, account: SendingAccount, since: datetime
    ) -> Sequence[ProviderMessage]:
        """Return the outgoing messages that Twilio created since a time by its clock.

        Raises:
            Unavailable: Twilio does not answer.
        """
        listed = await self._list(account, {}, lambda _now: since)
        return [message for message in listed.messages if not message.inbound]

    async def _list(
        self,
        account: SendingAccount,
        filters: Mapping[str, str],
        since: Callable[[datetime], datetime],
    ) -> MessageList:
        found: list[ProviderMessage] = []
        asked_at: datetime | None = None
        async for page in self.pages(account, filters):
            asked_at = asked_at or page.answered_at
            recent = [message for message in page.messages if message.created_at >= since(asked_at)]
            found += recent
            if len(page.messages) == _PAGE_SIZE and not recent:
                break
        if asked_at is None:
            raise _unavailable()
        return MessageList(found, asked_at)

    async def pages(
        self, account: SendingAccount, filters: Mapping[str, str]
    ) -> AsyncIterator[Page]:
        """Yield the pages of Twilio's list of the account's messages.

        Raises:
            Unavailable: Twilio does not answer, or its response is not a list of messages.
        """
        path: str | None = f"{_messages(account)}.json"
        query: Mapping[str, str] = {**filters, "PageSize": str(_PAGE_SIZE)}
        while path:
            found = await self._get(account, path, query)
            if "messages" not in found.content:  # not the same as an empty list
                raise _unavailable()
            yield Page([_message(item) for item in found.content["messages"]], found.answered_at)
            path, query = found.content.get("next_page_uri"), {}

    async def get(self, account: SendingAccount, path: str) -> Mapping[str, Any]:
        """Return Twilio's JSON response for `path` below the account's messages.

        Empty if there is nothing at this path.

        Raises:
            Unavailable: Twilio does not answer.
        """
        return (await self._get(account, f"{_messages(account)}{path}", {})).content

    def url(self, path: str) -> str:
        """Return the full URL for a relative `path` from a response of Twilio."""
        return self._base + path

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()

    async def _get(self, account: SendingAccount, path: str, query: Mapping[str, str]) -> _Document:
        headers = authorization(account)
        try:
            async with self._http.get(self._base + path, params=query, headers=headers) as answer:
                answered_at = parsedate_to_datetime(answer.headers[hdrs.DATE])
                clocks.note("twilio", answered_at)
                if answer.status == 404:
                    return _Document({}, answered_at)
                if answer.status != 200:
                    raise _unavailable()
                return _Document(read_json(await answer.read()), answered_at)
        # An answer without a time proves nothing.
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
            raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable("Twilio does not answer.", "provider_unavailable")


def _messages(account: SendingAccount) -> str:
    return f"/2010-04-01/Accounts/{account.sub_account_sid}/Messages"


def _message(found: Mapping[str, Any]) -> ProviderMessage:
    """Convert an item of Twilio's list to a message. Missing fields become empty.

    Raises:
        Unavailable: The item has no SID or no time.
    """
    try:
        sid, created_at = str(found["sid"]), parsedate_to_datetime(found["date_created"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable("Twilio's list has an unreadable message.") from error
    sender = found.get("from")
    return ProviderMessage(
        sid,
        storable(str(found.get("status") or ""))[:50],
        _error_code(found.get("error_code")),
        storable(str(sender)) if sender else None,
        storable(str(found.get("to") or "")),
        body_of(found.get("body")),
        found.get("direction") == "inbound",
        segments_in(found.get("num_segments")),
        created_at,
        count_in(found.get("num_media"), _MAX_ATTACHMENTS),
    )


def _error_code(value: object) -> int | None:
    """Return the value as an error code, or None if it is missing or not one."""
    return count_in(value, _MAX_CODE) or None
