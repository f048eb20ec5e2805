"""Find request heads that a parser accepts, but that different servers understand differently.

If a proxy and a server read the same request differently, an attacker can make one of them read a
body as a second request. So every head that can be read in two ways is refused, even if a standard
allows it.
"""

import re
from collections.abc import Iterable

Header = tuple[bytes, bytes]

_VERSIONS = ("1.0", "1.1")
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# A slash, a backslash or a NUL that a proxy sees as part of a name, and the application does not.
_ENCODED = re.compile(rb"%(?:2f|5c|00)", re.IGNORECASE)


def is_sound(version: str, target: bytes, headers: Iterable[Header]) -> bool:
    """Tell whether a request's head can be read in one way only.

    ``headers``: names are in lower case.

    The target must be a path, without a scheme, a server, a fragment or an encoded slash. The host
    must be one name or IP address. No header name may have an underscore, because CGI variables,
    and so Flask, can't tell it from a hyphen.
    """
    if version not in _VERSIONS or b"#" in target:
        return False
    if not target.startswith(b"/") or target.startswith(b"//"):
        return False
    if _ENCODED.search(target.partition(b"?")[0]):
        return False
    hosts, encodings = 0, []
    for name, value in headers:
        if b"_" in name:
            return False
        if name == b"host":
            hosts += 1
            if _HOST.fullmatch(value.strip()) is None:
                return False
        elif name == b"transfer-encoding":
            encodings.append(value.strip().lower())
    if encodings and (version == "1.0" or encodings != [b"chunked"]):
        return False
    return hosts == 1 or (hosts == 0 and version == "1.0")
