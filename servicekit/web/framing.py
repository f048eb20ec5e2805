"""Refuse request heads that a parser accepts but that servers read differently.

A proxy and a server that read one request differently can be made to take a body for a second
request. So everything that can be read in two ways is refused, even if a standard would allow it.
"""

from collections.abc import Iterable

Header = tuple[bytes, bytes]

_VERSIONS = ("1.0", "1.1")


def is_sound(version: str, target: bytes, headers: Iterable[Header]) -> bool:
    """Tell whether a request's head can be read in one way only; names are in lower case.

    The target is a path: no address of a server, with a scheme or without, and no fragment. No name
    has an underscore, because CGI's variables, and so Flask, can't tell it from a hyphen.
    """
    if version not in _VERSIONS or b"#" in target:
        return False
    if not target.startswith(b"/") or target.startswith(b"//"):
        return False
    hosts, encodings = 0, []
    for name, value in headers:
        if b"_" in name:
            return False
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding":
            encodings.append(value.strip().lower())
    if encodings and (version == "1.0" or encodings != [b"chunked"]):
        return False
    return hosts == 1 or (hosts == 0 and version == "1.0")
