"""Sign and verify download links. A link is for one export and expires."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from servicekit import base64url

_PURPOSE = b"export link v1"
_SECONDS_BYTES, _ORG_BYTES = 8, 16


class BadLink(ValueError):
    """The token was not signed by this service for this export."""


@dataclass(frozen=True, slots=True)
class ExportLink:
    """The export that a link opens, and when the link expires."""

    org_id: UUID
    export_id: UUID
    expires_at: datetime


def sign(key: bytes, link: ExportLink) -> str:
    """Return the token of `link`, signed with `key`."""
    payload = int(link.expires_at.timestamp()).to_bytes(_SECONDS_BYTES) + link.org_id.bytes
    return base64url.encode(payload + _mac(key, payload, link.export_id))


def verify(keys: Sequence[bytes], export_id: UUID, token: str) -> ExportLink:
    """Return the link of `token`, which must be signed for the export with one of `keys`.

    Raises:
        BadLink: The token is malformed, or was signed with another key or for another export.
    """
    try:
        signed = base64url.decode(token)
    except ValueError:
        raise BadLink from None
    payload, mac = signed[: _SECONDS_BYTES + _ORG_BYTES], signed[_SECONDS_BYTES + _ORG_BYTES :]
    if not any(hmac.compare_digest(mac, _mac(key, payload, export_id)) for key in keys):
        raise BadLink
    seconds = int.from_bytes(payload[:_SECONDS_BYTES])
    org_id = UUID(bytes=payload[_SECONDS_BYTES:])
    return ExportLink(org_id, export_id, datetime.fromtimestamp(seconds, UTC))


def _mac(key: bytes, payload: bytes, export_id: UUID) -> bytes:
    return hmac.digest(key, _PURPOSE + payload + export_id.bytes, hashlib.sha256)
