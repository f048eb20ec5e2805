"""Verify the calls that the platform makes to your server."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standardwebhooks.webhooks import Webhook


class VerificationError(Exception):
    """A call is not from the platform, is too old, or can't be read. Respond with 400."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        id: The event's id. A repeated call has the same id.
        type: What happened, such as ``message.delivered``. Later versions of the API may add types.
        timestamp: When it happened.
        data: The object that the event is about, as the API returns it, such as the message.
        version: The version of the payload.
    """

    id: str
    type: str
    timestamp: dt.datetime
    data: Mapping[str, Any]
    version: str


def verify(body: bytes | str, headers: Mapping[str, str], secret: str) -> Event:
    """Verify the signature of a call and return its event.

    Args:
        body: The body as it came, before it is parsed.
        headers: The headers of the request. Their case does not matter.
        secret: The secret of the endpoint (``whsec_...``).

    Raises:
        VerificationError: The signature is wrong, or the call is more than five minutes old.
    """
    try:
        read = Webhook(secret).verify(body, dict(headers))
        return Event(
            id=read["id"],
            type=read["type"],
            timestamp=dt.datetime.fromisoformat(read["timestamp"]),
            data=read["data"],
            version=read["version"],
        )
    # The library also raises what its parsers raise, for headers and bodies of any form.
    except Exception as error:
        raise VerificationError(str(error) or type(error).__name__) from error
