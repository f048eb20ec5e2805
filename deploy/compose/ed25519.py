"""Public keys of Ed25519 (RFC 8032) in plain Python, for `new_env.py`, which needs no packages.

It is slow, and its running time depends on the key. So it is only for making new keys.
"""

import hashlib

_PRIME = 2**255 - 19
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME
_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)

_Point = tuple[int, int]


def public_key(private: bytes) -> bytes:
    """Return the public key of a private key of 32 bytes."""
    scalar = int.from_bytes(hashlib.sha512(private).digest()[:32], "little")
    scalar = (scalar & ((1 << 254) - 8)) | (1 << 254)
    x, y = _times(scalar, _BASE)
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _times(scalar: int, point: _Point) -> _Point:
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _add(one: _Point, other: _Point) -> _Point:
    (x1, y1), (x2, y2) = one, other
    product = _D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, _PRIME)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, _PRIME)
    return x % _PRIME, y % _PRIME
