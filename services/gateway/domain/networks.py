"""The network that a request comes from: what budgets and known sign-ins go by."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Network, ip_address

_IPV6_PREFIX = 64
_current: ContextVar[str] = ContextVar("network", default="")


def network_of(address: str) -> str:
    """The network of ``address``: an IPv4 address, or the /64 of an IPv6 address.

    A single customer has at least 2^64 addresses of IPv6, so that a budget for each address would
    be no budget. A port, a zone and brackets are left out; what is no address is its own network.
    """
    try:
        ip = ip_address(_bare(address))
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip), _IPV6_PREFIX), strict=False))


def _bare(address: str) -> str:
    """``address`` without the port, zone and brackets that proxies may add."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]


def current() -> str:
    """The network that the request being served comes from; empty outside of one."""
    return _current.get()


@contextmanager
def calling_from(network: str) -> Iterator[None]:
    """Serve what is inside for a caller in ``network``."""
    token = _current.set(network)
    try:
        yield
    finally:
        _current.reset(token)
