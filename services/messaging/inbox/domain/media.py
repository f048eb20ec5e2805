"""The pictures and other files of incoming messages, of which the platform keeps copies."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

MAX_BYTES = 16 * 1024 * 1024
"""Maximum bytes of a file that is stored. Carriers deliver at most 5 MB."""

MAX_ATTEMPTS = 10
"""Maximum attempts to fetch a file, in about three hours. The pauses double up to an hour."""

LINK_LIFETIME = timedelta(hours=1)
"""How long a link to a file works."""

# The path of a file at Twilio. It is fetched with the account's credentials, so it must belong to
# the account, and to no other resource.
_PATH = re.compile(r"/2010-04-01/Accounts/(AC\w{32})/Messages/\w{34}/Media/\w{34}")
_ORIGIN = "https://api.twilio.com"

_FIRST_PAUSE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 3600

# Types that browsers show and that can't contain scripts. Everything else is only downloaded.
_SHOWN = frozenset(
    (
        *("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/heic"),
        *("video/mp4", "video/3gpp", "video/quicktime", "video/webm"),
        *("audio/mpeg", "audio/mp4", "audio/ogg", "audio/amr", "audio/3gpp", "audio/wav"),
        *("application/pdf", "text/vcard", "text/x-vcard"),
    )
)
_ANY_TYPE = "application/octet-stream"


class MediaStatus(StrEnum):
    """The status of a file's copy, as it is stored and as the contract names it."""

    WAITING = "waiting"
    STORED = "stored"
    FAILED = "failed"


class MediaFailure(StrEnum):
    """Why a file could not be stored."""

    FOREIGN_ADDRESS = "foreign_address"
    TOO_LARGE = "too_large"
    NOT_AVAILABLE = "not_available"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file of a message. The first file of a message has the position 0.

    `size_bytes` is None until the copy is stored.
    """

    id: UUID
    position: int
    media_type: str | None
    status: MediaStatus
    failure: MediaFailure | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file that must be fetched from Twilio. `attempts`: how often that was tried before."""

    id: UUID
    org_id: UUID
    source_url: str
    attempts: int


def path_at_twilio(url: str, base_url: str, account_sid: str) -> str | None:
    """Return the path of `url` if it is a file of the account at Twilio, otherwise None.

    `base_url` is where Twilio's API is reached, which is another URL in tests.
    """
    for origin in (_ORIGIN, base_url):
        path = url.removeprefix(origin)
        match = _PATH.fullmatch(path)
        if path != url and match and match[1] == account_sid:
            return path
    return None


def pause_after(attempts: int) -> float:
    """Return the seconds until a file is fetched again after `attempts` attempts."""
    pause: float = _FIRST_PAUSE_SECONDS * 2.0 ** (attempts - 1)
    return min(pause, _LONGEST_PAUSE_SECONDS)


def served_type(media_type: str | None) -> str:
    """Return the media type with which a file is served.

    It is the file's own type only if browsers may show such files.
    """
    bare = (media_type or "").partition(";")[0].strip().lower()
    return bare if bare in _SHOWN else _ANY_TYPE
