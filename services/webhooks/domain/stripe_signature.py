"""Verify ``Stripe-Signature``, which proves that Stripe sent this body at this time.

The header is ``t=<seconds>,v1=<hex>[,v1=<hex>]``. Each ``v1`` is an HMAC-SHA256 of ``<t>.<body>``;
there are several while the endpoint's secret is rolled.
"""

import hmac
import re
from collections.abc import Iterable

TOLERANCE_SECONDS = 300
_MAX_PARTS = 20
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def is_signed(header: str, body: bytes, secrets: Iterable[bytes], now: float) -> bool:
    """Return whether `body` was signed with one of `secrets` within 5 minutes of `now`.

    Never raises.
    """
    at = signed_at(header, body, secrets)
    return at is not None and is_timely(at, now)


def is_timely(at: int, now: float) -> bool:
    """Return whether a signature made at `at` is valid at `now`.

    A time in the future is refused too: it would extend the life of a stolen signature.
    """
    return abs(now - at) <= TOLERANCE_SECONDS


def signed_at(header: str, body: bytes, secrets: Iterable[bytes]) -> int | None:
    """Return the time, by Stripe's clock, at which `body` was signed with one of `secrets`.

    None if it was not. Never raises.
    """
    if not header.isascii() or header.count(",") >= _MAX_PARTS:
        return None
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]):
        return None
    content = times[0].encode() + b"." + body
    expected = [hmac.digest(secret, content, "sha256").hex() for secret in secrets]
    given = [value for name, _, value in parts if name == "v1"]
    if any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in given):
        return int(times[0])
    return None
