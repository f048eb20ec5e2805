"""When a person sent a text, by Twilio's clock: webhooks do not tell."""

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
# While Twilio is away, not every opt-out waits to find that out.
_AWAY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """When a text was sent, and how long ago that was, both by Twilio's clock (to the second)."""

    at: datetime
    age: timedelta


class TwilioTimes:
    """Asks Twilio for the times of messages. Make it within the running loop, and close it."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.format(host=API_HOST)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        self._away_until = 0.0

    async def said(self, account: SendingAccount, sid: str) -> Said | None:
        """Return when a message was created; None where Twilio does not know it.

        Raises:
            Unavailable: Twilio does not answer, or not with a time.
        """
        if time.monotonic() < self._away_until:
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
            self._away_until = time.monotonic() + _AWAY_SECONDS
            raise _no_time() from error
        except (ValueError, KeyError, TypeError) as error:
            raise _no_time() from error
        return Said(created, max(timedelta(0), now - created))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _no_time() -> Unavailable:
    return Unavailable("Twilio does not tell when a message was sent.", "provider_unavailable")
