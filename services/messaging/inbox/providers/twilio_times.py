"""Ask Twilio for the time at which a person sent a message, because webhooks don't contain it."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from servicekit.errors import Unavailable
from servicekit.text import read_json
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.sending.providers.twilio_messages import API_HOST, authorization

# An opt-out waits for the answer.
_TIMEOUT = aiohttp.ClientTimeout(total=3, connect=2)
# While Twilio is unavailable, it is asked at most once in this many seconds, so that not every
# opt-out waits for the timeout.
_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SentTime:
    """When a message was sent and how long ago, both by Twilio's clock, in whole seconds."""

    at: datetime
    age: timedelta


class TwilioTimes:
    """Asks Twilio for the times of messages.

    Create it inside the running event loop, and close it.
    """

    def __init__(self, base_url: str) -> None:
        self._base = base_url.format(host=API_HOST)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        self._paused_until = 0.0

    async def find(self, account: SendingAccount, sid: str) -> SentTime | None:
        """Return the time at which a message was sent, or None if Twilio doesn't know it.

        Raises:
            Unavailable: Twilio doesn't answer, or the response has no time.
        """
        if time.monotonic() < self._paused_until:
            raise _no_time()
        url = f"{self._base}/2010-04-01/Accounts/{account.sub_account_sid}/Messages/{sid}.json"
        try:
            async with self._http.get(url, headers=authorization(account)) as answer:
                if answer.status == HTTPStatus.NOT_FOUND:
                    return None
                if answer.status != HTTPStatus.OK:
                    raise _no_time()
                created = parsedate_to_datetime(read_json(await answer.read())["date_created"])
                now = parsedate_to_datetime(answer.headers["Date"])
        except (aiohttp.ClientError, TimeoutError) as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            raise _no_time() from error
        except (ValueError, KeyError, TypeError) as error:
            raise _no_time() from error
        return SentTime(created, max(timedelta(0), now - created))

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()


def _no_time() -> Unavailable:
    return Unavailable("Twilio did not say when the message was sent.", "provider_unavailable")
