"""Tickets that open one live stream: signed, valid for thirty seconds, usable once.

A browser can't send a header when it opens a stream, so the ticket is part of the URL. An access
token must never be there, because URLs are logged.
"""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from servicekit import base64url
from servicekit.errors import Unauthenticated

LIFETIME = timedelta(seconds=30)
_PURPOSE = b"stream ticket v1"
_CONTENT = struct.Struct(">16s16s16s16sd")
_MAC_BYTES = 32
_LENGTH = 192


class TicketRefused(Unauthenticated):
    """The ticket is not ours, has expired, or was used before."""

    default_code = "stream_ticket_invalid"

    def __init__(self) -> None:
        super().__init__("This ticket is invalid, expired or used. Request a new ticket.")


@dataclass(frozen=True, slots=True)
class StreamTicket:
    """The contents of a ticket: whose stream it opens. ``expires_at`` is in Unix time."""

    id: UUID
    org_id: UUID
    user_id: UUID
    session_id: UUID
    expires_at: float

    def require_valid_at(self, now: datetime) -> None:
        """Raise ``TicketRefused`` unless the ticket is valid at ``now``, by the database's clock.

        A ticket whose time is in the future is refused too: it would be valid for too long.
        """
        left = self.expires_at - now.timestamp()
        if not 0 < left <= LIFETIME.total_seconds():
            raise TicketRefused


class TicketCodec:
    """Signs tickets with the first of ``keys``, and accepts those signed with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys

    def encode(self, ticket: StreamTicket) -> str:
        """Return the ticket as text that can be part of a URL."""
        content = _CONTENT.pack(
            ticket.id.bytes,
            ticket.org_id.bytes,
            ticket.user_id.bytes,
            ticket.session_id.bytes,
            ticket.expires_at,
        )
        return base64url.encode(_mac(self._keys[0], content) + content)

    def decode(self, text: str) -> StreamTicket:
        """Return the contents of a ticket. Raises ``TicketRefused`` if it is not ours."""
        try:
            signed = base64url.decode(text) if len(text) <= _LENGTH else b""
        except ValueError:
            raise TicketRefused from None
        mac, content = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
        is_ours = any(hmac.compare_digest(mac, _mac(key, content)) for key in self._keys)
        if not is_ours or len(content) != _CONTENT.size:
            raise TicketRefused
        id_, org_id, user_id, session_id, expires_at = _CONTENT.unpack(content)
        return StreamTicket(
            UUID(bytes=id_),
            UUID(bytes=org_id),
            UUID(bytes=user_id),
            UUID(bytes=session_id),
            expires_at,
        )


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + content, hashlib.sha256)
