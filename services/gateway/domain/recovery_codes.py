"""Recovery codes, which replace the code of an authenticator app that is lost. Each works once."""

import base64
import secrets

COUNT = 10
_BYTES = 10  # 80 bits: enough for a plain hash, short enough to be typed
_GROUP = 4


def new_codes() -> list[str]:
    """Return ten new codes, such as ``k3wd-7hq2-mmza-x5ty``."""
    return [_grouped(base64.b32encode(secrets.token_bytes(_BYTES)).decode()) for _ in range(COUNT)]


def normal_code(code: str) -> str:
    """Return the form of a code that is hashed: without spaces and dashes, in lower case."""
    return "".join(filter(str.isalnum, code)).lower()


def _grouped(text: str) -> str:
    lower = text.lower()
    return "-".join(lower[start : start + _GROUP] for start in range(0, len(lower), _GROUP))
