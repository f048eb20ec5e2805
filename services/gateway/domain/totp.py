"""One-time passwords that change every half minute (TOTP, RFC 6238), as authenticator apps show."""

import hmac
from datetime import datetime

import pyotp

ISSUER = "SMSBlaster"
_STEP_SECONDS = 30
# A phone's clock may be half a minute off, and typing takes time.
_STEPS_TRIED = (0, -1, 1)


def new_secret() -> str:
    """Return a new secret of 160 random bits, in base32."""
    return pyotp.random_base32()


def setup_uri(secret: str, email: str) -> str:
    """Return the ``otpauth`` URI of a secret, which apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step of a code, or None if the code is wrong at `now`.

    Each step has one code. A caller that accepts a code stores the step, so that the code works
    only once.
    """
    current = int(now.timestamp()) // _STEP_SECONDS
    totp = pyotp.HOTP(secret)
    for step in (current + offset for offset in _STEPS_TRIED):
        if hmac.compare_digest(totp.at(step).encode(), code.encode()):
            return step
    return None
