"""Find the network of a request, since rate limits and known sign-ins are kept per network."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Network, ip_address

_IPV6_PREFIX = 64
_current: ContextVar[str] = ContextVar("network", default="")


def network_of(address: str) -> str:
    """Return the network of an IP address: an IPv4 address itself, or the /64 of an IPv6 address.

    A single customer has at least 2^64 IPv6 addresses, so a limit for each address would limit
    nothing. A port, zone and brackets are ignored. An invalid address is returned unchanged.
    """
    try:
        ip = ip_address(bare_address(address))
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip), _IPV6_PREFIX), strict=False))


def bare_address(address: str) -> str:
    """Return an IP address without the port, zone and brackets that proxies may add."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]


def current() -> str:
    """Return the network that the current request comes from; empty if no request is served.

    A network is an IPv4 address, or the /64 of an IPv6 address.
    """
    return _current.get()


@contextmanager
def calling_from(network: str) -> Iterator[None]:
    """Within the ``with`` block, let `current` return `network`."""
    token = _current.set(network)
    try:
        yield
    finally:
        _current.reset(token)
