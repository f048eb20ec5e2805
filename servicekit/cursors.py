"""Page cursors say where the next page of a list starts. Each is bound to one organisation.

A cursor is url-safe base64 of a 16-byte MAC (HMAC-SHA256, shortened) and the position as JSON. It
is signed but not secret, so it may contain only values that its reader can see in the list.
"""

import hashlib
import hmac
import json
from uuid import UUID

from servicekit import base64url

_PURPOSE = b"page cursor v1"
_MAC_BYTES = 16
_MIN_KEY_BYTES = 32
_MAX_CURSOR_LENGTH = 2048


class BadCursor(ValueError):
    """The cursor was not made by this service for this organisation."""

    def __init__(self) -> None:
        super().__init__("The cursor is invalid. Start again from the first page.")


class CursorCodec:
    """Encodes and decodes cursors. All replicas of a service need the same key.

    Raises:
        ValueError: The key has less than 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _MIN_KEY_BYTES:
            raise ValueError(f"a cursor key needs at least {_MIN_KEY_BYTES} bytes")
        self._key = key

    def encode(self, org_id: UUID, *parts: str) -> str:
        """Encode the list position ``parts`` as a cursor that only ``org_id`` can use.

        ``parts`` are the sort key of the page's last row. If several lists use the same codec, each
        puts its name first.

        Raises:
            ValueError: The parts are too long for a cursor of 2048 characters.
        """
        position = json.dumps(parts, separators=(",", ":")).encode()
        cursor = base64url.encode(self._mac(org_id, position) + position)
        if len(cursor) > _MAX_CURSOR_LENGTH:
            raise ValueError(f"the position is too long for a cursor: {len(cursor)} characters")
        return cursor

    def decode(self, org_id: UUID, cursor: str) -> tuple[str, ...]:
        """Return the position that :meth:`encode` put into ``cursor``.

        Raises:
            BadCursor: The cursor is malformed, forged, or another organisation's.
        """
        signed = _decoded(cursor)
        mac, position = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(org_id, position)):
            raise BadCursor
        return tuple(json.loads(position))

    def _mac(self, org_id: UUID, position: bytes) -> bytes:
        message = _PURPOSE + org_id.bytes + position
        return hmac.digest(self._key, message, hashlib.sha256)[:_MAC_BYTES]


def _decoded(cursor: str) -> bytes:
    if len(cursor) > _MAX_CURSOR_LENGTH:
        raise BadCursor
    try:
        return base64url.decode(cursor)
    except ValueError:
        raise BadCursor from None
