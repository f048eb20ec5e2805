"""`X-Twilio-Signature`: how Twilio signs its requests to a webhook.

The rule is from Twilio's "Webhooks security": HMAC-SHA1 with the account's primary auth token
over the exact address, followed by each parameter's name and value, sorted by name.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from simulator.forms import Form


def sign(auth_token: str, url: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a form post, or of a GET if there are no params.

    Args:
        auth_token: Primary auth token of the account that owns the message.
        url: The address exactly as configured, query included, fragment excluded.
        params: Decoded names and values. A repeated pair counts once.
    """
    text = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def without_fragment(url: str) -> tuple[str, Form]:
    """Split a URL into the part that is sent and the connection overrides (`#rc=3&rp=all`).

    The overrides are never sent or signed.
    """
    address, _, overrides = url.partition("#")
    return address, Form(overrides)
