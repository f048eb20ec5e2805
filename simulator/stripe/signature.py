"""`Stripe-Signature`: how Stripe signs the requests with its events."""

import hashlib
import hmac


def signature_header(secret: str, timestamp: int, body: bytes) -> str:
    """Return the header `Stripe-Signature`: an HMAC-SHA256 over `timestamp.body`.

    Args:
        secret: The endpoint's `whsec_...`, the whole of which is the key.
        timestamp: Seconds since the epoch, new for every attempt.
        body: The exact bytes that are posted.
    """
    signed = str(timestamp).encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
