"""Sign calls as Standard Webhooks 1.0 says: https://www.standardwebhooks.com.

The specification's own library brings an HTTP client with it. The signature is only one HMAC, so
this module computes it.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret: ``whsec_`` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def signed_headers(
    secrets_: Sequence[str], event_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """Return the headers that let the endpoint verify a call.

    Args:
        secrets_: The secrets with which the call is signed: the new and the old one while a secret
            is being replaced.
        event_id: The event's id.
        at: The time of the call. The endpoint refuses calls that are too old.
        body: The body as it is sent.
    """
    timestamp = str(int(at.timestamp()))
    signatures = [_signature(secret, event_id, timestamp, body) for secret in secrets_]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, event_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = b"%s.%s.%s" % (event_id.encode(), timestamp.encode(), body)
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")
