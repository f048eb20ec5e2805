"""Verify ``X-Twilio-Signature``, which proves that Twilio sent this content to this URL.

The rules are those of Twilio's "Webhooks security" page. The signed URL is the public base URL that
was given to Twilio, followed by the request target exactly as received. If a proxy or framework has
rewritten the URL, the signature does not match.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from services.webhooks.domain.forms import Pairs

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Bytes that are not UTF-8 may be signed unchanged, or replaced as Twilio's SDKs replace them. The
# stored text is the same.
_AS_THEY_CAME, _REPLACED = "as they came", "replaced"
_NOT_UTF8 = (_AS_THEY_CAME, _REPLACED)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request with its signature. `params` are empty for JSON.

    `signature` and `target` have one character for each byte.
    """

    signature: str
    target: str
    params: Pairs = ()


def base_addresses(public_url: str) -> Sequence[str]:
    """Return the public base URL with and without its port, since Twilio may sign either."""
    base = public_url.rstrip("/")
    parts = urlsplit(base)
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    host = parts.netloc.partition(":")[0]
    bare = f"{parts.scheme}://{host}{parts.path}"
    return tuple(dict.fromkeys((base, f"{parts.scheme}://{host}:{port}{parts.path}", bare)))


def is_signed(request: SignedRequest, tokens: Iterable[bytes], bases: Iterable[str]) -> bool:
    """Return whether the signature was made with one of `tokens`. Never raises.

    The signed URL may begin with any of the base URLs in `bases`.
    """
    given = request.signature.encode("latin-1", "replace")
    contents = {_signed_content(request, errors) for errors in _NOT_UTF8}
    addresses = [base.encode() + content for base in bases for content in contents]
    return any(
        hmac.compare_digest(_signature(token, address), given)
        for token in tokens
        for address in addresses
    )


def body_matches(target: str, body: bytes) -> bool:
    """Return whether ``bodySHA256`` in `target` is the hash of `body`, and appears once.

    This parameter is the only part of a JSON body that is signed.
    """
    fields = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    claimed = [value for name, value in fields if name == "bodySHA256"]
    actual = hashlib.sha256(body).hexdigest()
    return len(claimed) == 1 and hmac.compare_digest(actual.encode(), claimed[0].encode())


def _signed_content(request: SignedRequest, not_utf8: str) -> bytes:
    """Return the signed text: the target, then the sorted fields. Equal fields count once."""
    fields = {
        (_encoded(name, not_utf8), _encoded(value, not_utf8)) for name, value in request.params
    }
    signed = b"".join(name + value for name, value in sorted(fields))
    return request.target.encode("latin-1", "replace") + signed


def _encoded(text: str, not_utf8: str) -> bytes:
    if text.isascii():
        return text.encode()
    raw = text.encode(errors="surrogateescape")
    return raw if not_utf8 == _AS_THEY_CAME else raw.decode(errors="replace").encode()


def _signature(token: bytes, content: bytes) -> bytes:
    return base64.b64encode(hmac.digest(token, content, "sha1"))
