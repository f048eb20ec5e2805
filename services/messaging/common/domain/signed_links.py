"""Sign and verify download links. A link opens one object for one purpose, and expires."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from servicekit import base64url

_SECONDS_BYTES, _ORG_BYTES = 8, 16


class BadLink(ValueError):
    """The token was not signed by this service for this object."""


@dataclass(frozen=True, slots=True)
class SignedLink:
    """The object that a link opens, and when the link expires."""

    org_id: UUID
    object_id: UUID
    expires_at: datetime


def sign(key: bytes, purpose: bytes, link: SignedLink) -> str:
    """Return the token of `link`, signed with `key`.

    A token that was signed for one `purpose` is not valid for another.
    """
    payload = int(link.expires_at.timestamp()).to_bytes(_SECONDS_BYTES) + link.org_id.bytes
    return base64url.encode(payload + _mac(key, purpose, payload, link.object_id))


def verify(keys: Sequence[bytes], purpose: bytes, object_id: UUID, token: str) -> SignedLink:
    """Return the link of `token`, which must be signed for the object with one of `keys`.

    Raises:
        BadLink: The token is malformed, or was signed with another key or for another object.
    """
    try:
        signed = base64url.decode(token)
    except ValueError:
        raise BadLink from None
    payload, mac = signed[: _SECONDS_BYTES + _ORG_BYTES], signed[_SECONDS_BYTES + _ORG_BYTES :]
    if not any(hmac.compare_digest(mac, _mac(key, purpose, payload, object_id)) for key in keys):
        raise BadLink
    seconds = int.from_bytes(payload[:_SECONDS_BYTES])
    org_id = UUID(bytes=payload[_SECONDS_BYTES:])
    return SignedLink(org_id, object_id, datetime.fromtimestamp(seconds, UTC))


def _mac(key: bytes, purpose: bytes, payload: bytes, object_id: UUID) -> bytes:
    return hmac.digest(key, purpose + payload + object_id.bytes, hashlib.sha256)
