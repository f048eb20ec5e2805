"""Identify the message, and its account, in the last part of a status callback's address.

Twilio signs a callback with the token of the account that sent the message, over the address that
we gave it. Only a signature in that address can prove that the message belongs to that account.
"""

import hmac
from uuid import UUID

from servicekit import base64url
from servicekit.ids import parse_id

PATTERN = r"[0-9a-f-]{36}\.[A-Za-z0-9_-]{22}"
"""A pattern for the last part of a callback's address."""

_PROOF_BYTES = 16


class CallbackNames:
    """Makes and reads the last part of callback addresses with the platform's shared secrets.

    The first of ``keys`` makes new names. The other keys can still read older names.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def name(self, account_sid: str, message_id: UUID) -> str:
        """Return the last part of the callback address of a message that ``account_sid`` sends."""
        return _name(self._keys[0], account_sid, str(message_id))

    def message_of(self, account_sid: str, name: str) -> UUID | None:
        """Return the message id that ``name`` stands for; None for a name of another account."""
        message_id = name.partition(".")[0]
        for key in self._keys:
            if hmac.compare_digest(_name(key, account_sid, message_id).encode(), name.encode()):
                return parse_id(message_id)
        return None


def _name(key: bytes, account_sid: str, message_id: str) -> str:
    subject = f"status callback\0{account_sid}\0{message_id}"
    proof = hmac.digest(key, subject.encode(), "sha256")[:_PROOF_BYTES]
    return f"{message_id}.{base64url.encode(proof)}"
