"""Unpadded url-safe base64 (RFC 4648, section 5) with exactly one text for each byte string.

The decoders of the standard library ignore stray bits in the last character, so that several texts
decode to the same bytes. That is not acceptable for tokens that nobody may alter unnoticed.
"""

import base64


def encode(data: bytes) -> str:
    """Encode ``data`` as letters, digits, ``-`` and ``_``."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Decode what :func:`encode` returned.

    Raises:
        ValueError: `text` is not what :func:`encode` returns for any bytes.
    """
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(data) != text:
        raise ValueError("not canonical url-safe base64")
    return data
