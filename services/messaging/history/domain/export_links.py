"""Links to exports: signed, bound to one export of one organisation, and good for a time."""

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
    """The token was not made here for this export."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for, and until when."""

    org_id: UUID
    export_id: UUID
    expires_at: datetime


def sign(key: bytes, link: Link) -> str:
    """The token that stands for ``link``."""
    said = int(link.expires_at.timestamp()).to_bytes(_SECONDS_BYTES) + link.org_id.bytes
    return base64url.encode(said + _mac(key, said, link.export_id))


def read(keys: Sequence[bytes], export_id: UUID, token: str) -> Link:
    """The link to the export ``export_id`` that ``token`` stands for, signed with one of ``keys``.

    Raises ``BadLink``.
    """
    try:
        signed = base64url.decode(token)
    except ValueError:
        raise BadLink from None
    said, mac = signed[: _SECONDS_BYTES + _ORG_BYTES], signed[_SECONDS_BYTES + _ORG_BYTES :]
    if not any(hmac.compare_digest(mac, _mac(key, said, export_id)) for key in keys):
        raise BadLink
    seconds = int.from_bytes(said[:_SECONDS_BYTES])
    return Link(UUID(bytes=said[_SECONDS_BYTES:]), export_id, datetime.fromtimestamp(seconds, UTC))


def _mac(key: bytes, said: bytes, export_id: UUID) -> bytes:
    return hmac.digest(key, _PURPOSE + said + export_id.bytes, hashlib.sha256)
