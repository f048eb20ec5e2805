"""Asking Twilio what became of messages, and which texts came in."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson

from servicekit.errors import Unavailable
from servicekit.phones import notations
from services.messaging.domain.accounts import SendingAccount
from services.messaging.providers.twilio_messages import API_HOST, authorization

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """A message as Twilio has it now."""

    sid: str
    status: str
    error_code: int | None
    from_number: str | None
    to: str
    body: str
    inbound: bool
    segments: int
    created_at: datetime


class TwilioLookup:
    """Reads messages. Make it within the running loop, and close it."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.format(host=API_HOST)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)

    async def fetch(self, account: SendingAccount, sid: str) -> ProviderMessage | None:
        """One message; None where Twilio has it no more. Raises ``Unavailable``."""
        answer = await self._get(account, f"{_messages(account)}/{sid}.json", {})
        return _message(answer) if answer else None

    async def sent_to(
        self, account: SendingAccount, to: str, since: datetime
    ) -> list[ProviderMessage]:
        """Messages to a number that were created since a time (UTC), newest first.

        Raises ``Unavailable``. Not filtered by date: what is not sent yet has no date to go by.
        Twilio's filter compares letters, and a text may have gone to another notation of the line:
        it is asked for each.
        """
        found = []
        for notation in notations(to):
            async for message in self._list(account, {"To": notation}):
                if message.created_at < since:
                    break
                found.append(message)
        return sorted(found, key=lambda message: message.created_at, reverse=True)

    async def received_since(
        self, account: SendingAccount, since: datetime
    ) -> list[ProviderMessage]:
        """Incoming messages since a time (UTC), oldest first. Raises ``Unavailable``."""
        filters = {"DateSent>": _start_of_day(since)}
        found = [m async for m in self._list(account, filters) if m.inbound]
        return sorted(found, key=lambda message: message.created_at)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _list(
        self, account: SendingAccount, filters: Mapping[str, str]
    ) -> AsyncIterator[ProviderMessage]:
        path: str | None = f"{_messages(account)}.json"
        query: Mapping[str, str] = {**filters, "PageSize": str(_PAGE_SIZE)}
        while path:
            page = await self._get(account, path, query)
            for message in page.get("messages", ()):
                yield _message(message)
            path, query = page.get("next_page_uri"), {}

    async def _get(
        self, account: SendingAccount, path: str, query: Mapping[str, str]
    ) -> dict[str, Any]:
        headers = authorization(account)
        try:
            async with self._http.get(self._base + path, params=query, headers=headers) as answer:
                if answer.status == 404:
                    return {}
                if answer.status != 200:
                    raise Unavailable("Twilio does not answer.", "provider_unavailable")
                found: dict[str, Any] = orjson.loads(await answer.read())
                return found
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as error:
            raise Unavailable("Twilio does not answer.", "provider_unavailable") from error


def _messages(account: SendingAccount) -> str:
    return f"/2010-04-01/Accounts/{account.sub_account_sid}/Messages"


def _start_of_day(time: datetime) -> str:
    """As Twilio's filters take it: they go by whole days (UTC), and are typed as moments."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT00:00:00Z")


def _message(found: Mapping[str, Any]) -> ProviderMessage:
    return ProviderMessage(
        found["sid"],
        found["status"],
        found["error_code"],
        found["from"],
        found["to"],
        found["body"],
        found["direction"] == "inbound",
        max(1, int(found["num_segments"])),
        parsedate_to_datetime(found["date_created"]),
    )
