"""Make and read the last part of a status callback's URL.

This part identifies a message and its account.

Twilio signs a callback with the auth token of the account that sent the message. That does not
prove that the message id in the URL belongs to this account. So we put a signature of our own into
the URL.
"""

import hmac
from uuid import UUID

from servicekit import base64url
from servicekit.ids import parse_id

PATTERN = r"[0-9a-f-]{36}\.[A-Za-z0-9_-]{22}"
"""A regular expression for the last part of a callback's URL."""

_PROOF_BYTES = 16


class CallbackNames:
    """Makes and reads the last part of callback URLs with the platform's shared secrets.

    New names are signed with the first of ``keys``. Names that were signed with one of the others
    are still accepted.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def name(self, account_sid: str, message_id: UUID) -> str:
        """Return the last part of the callback URL of a message that ``account_sid`` sends."""
        return _name(self._keys[0], account_sid, str(message_id))

    def message_of(self, account_sid: str, name: str) -> UUID | None:
        """Return the message id that ``name`` contains.

        None if the name was made for another account.
        """
        message_id = name.partition(".")[0]
        for key in self._keys:
            if hmac.compare_digest(_name(key, account_sid, message_id).encode(), name.encode()):
                return parse_id(message_id)
        return None


def _name(key: bytes, account_sid: str, message_id: str) -> str:
    subject = f"status callback\0{account_sid}\0{message_id}"
    proof = hmac.digest(key, subject.encode(), "sha256")[:_PROOF_BYTES]
    return f"{message_id}.{base64url.encode(proof)}"
