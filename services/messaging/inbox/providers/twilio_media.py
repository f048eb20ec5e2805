"""Fetch the files of incoming messages from Twilio."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from yarl import URL

from servicekit.errors import Unavailable
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.inbox.domain.media import path_at_twilio
from services.messaging.sending.providers.twilio_messages import API_HOST, authorization

# For the whole file, so that a slow answer does not occupy the job.
_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)
_BLOCK_BYTES = 64 * 1024
_TYPE_CHARACTERS = 100
_REDIRECTS = (HTTPStatus.FOUND, HTTPStatus.TEMPORARY_REDIRECT)


class ForeignAddress(ValueError):
    """The URL does not point to a media file in this organisation's Twilio account."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that is being fetched: its media type, and its content in blocks."""

    media_type: str
    blocks: AsyncGenerator[bytes]


class TwilioMedia:
    """Fetches media files from Twilio. Create it inside the running event loop, and close it."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.format(host=API_HOST)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)

    @asynccontextmanager
    async def fetch(self, account: SendingAccount, url: str) -> AsyncGenerator[FetchedFile]:
        """Begin to fetch the file at `url`, with the credentials of `account`.

        Twilio redirects to its own storage, to which the credentials are not sent.

        Raises:
            ForeignAddress: `url`, or the URL of the storage, is not Twilio's.
            Unavailable: The file can't be fetched now.
        """
        path = path_at_twilio(url, self._base, account.sub_account_sid)
        if path is None:
            raise ForeignAddress
        try:
            async with self._http.get(
                f"{self._base}{path}", headers=authorization(account), allow_redirects=False
            ) as answer:
                if answer.status not in _REDIRECTS:
                    yield _fetched(answer)
                    return
                storage = answer.url.join(URL(answer.headers.get("Location", "")))
            if not _is_storage(storage):
                raise ForeignAddress
            async with self._http.get(storage, allow_redirects=False) as answer:
                yield _fetched(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _not_available() from error

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()


def _fetched(answer: aiohttp.ClientResponse) -> FetchedFile:
    if answer.status != HTTPStatus.OK:
        raise _not_available()
    return FetchedFile(answer.content_type[:_TYPE_CHARACTERS], _blocks(answer))


async def _blocks(answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
    async for block in answer.content.iter_chunked(_BLOCK_BYTES):
        yield block


def _is_storage(url: URL) -> bool:
    """Whether a URL is in one of the storages to which Twilio redirects."""
    host = url.host or ""
    if url.scheme != "https":
        return False
    if host.endswith((".twiliocdn.com", ".twilio.com")):
        return True
    return host == "s3-external-1.amazonaws.com" and url.path.startswith("/media.twiliocdn.com/")


def _not_available() -> Unavailable:
    return Unavailable("Twilio does not return the file.", "provider_unavailable")
