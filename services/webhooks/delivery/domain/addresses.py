"""Which addresses endpoints may have: only servers on the internet, never the platform's own."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from yarl import URL

from servicekit.errors import InvalidInput

_NOT_A_URL = "is not a valid URL; send one such as https://example.com/hooks"
_HTTPS_ONLY = "must start with https://"
_CREDENTIALS = "must not contain a user name or a password; calls are signed instead"
_FRAGMENT = "must not contain a fragment (#...)"
_NOT_PUBLIC = "is not reachable from the internet; use a public host name or address"

_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFF_FFFF
_LONGEST_LABEL = 63
"""Maximum characters between two dots of a host name (RFC 1035)."""
_LOCAL_NAMES = (".local", ".localhost", ".internal", ".home.arpa")


def is_public(address: str, *, allow_loopback: bool = False) -> bool:
    """Tell whether an IP address can be that of a server on the internet.

    If an IPv6 address stands for an IPv4 address (mapped, NAT64), the IPv4 address is checked.
    Addresses of tunnels (6to4, Teredo) are refused.
    """
    try:
        parsed = ip_address(address)
    except ValueError:  # such as an address with a zone, which is link-local
        return False
    if allow_loopback and parsed.is_loopback:
        return True
    return _is_on_the_internet(_meant(parsed))


def require_url(text: str, *, allow_loopback: bool = False) -> str:
    """Return an endpoint's URL in its usual form, if its host may be on the internet.

    If the host is a name, its IP addresses are checked at each call instead, because they can
    change.

    Args:
        text: The URL as the customer sent it.
        allow_loopback: Whether http and this computer's own IP addresses are allowed, for
            development.

    Raises:
        InvalidInput: The URL is not allowed. The error names the field `url`.
    """
    try:
        url = URL(text.strip())
        host = (url.host or "").removesuffix(".").lower()
        port = url.port
    except ValueError:
        raise InvalidInput.of("url", _NOT_A_URL) from None
    if not port or not _is_name(host):
        raise InvalidInput.of("url", _NOT_A_URL)
    fault = _fault(url, host, allow_loopback)
    if fault:
        raise InvalidInput.of("url", fault)
    return str(url)


def _fault(url: URL, host: str, allow_loopback: bool) -> str | None:
    local = allow_loopback and (host == "localhost" or _is_loopback(host))
    if url.scheme != "https" and not (url.scheme == "http" and local):
        return _HTTPS_ONLY
    if url.user is not None or url.password is not None:
        return _CREDENTIALS
    if url.raw_fragment:
        return _FRAGMENT
    if local:
        return None
    if _is_numeric(host):
        return None if is_public(host) else _NOT_PUBLIC
    # A name without a dot, or of a local zone, can only be one of the platform's own network.
    if "." not in host or host.endswith(_LOCAL_NAMES):
        return _NOT_PUBLIC
    return None


def _is_name(host: str) -> bool:
    """Tell whether `host` can be a host name.

    A resolver refuses a name with a part that is empty or too long.
    """
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.split("."))


def _is_numeric(host: str) -> bool:
    """Tell whether a resolver reads `host` as an IP address, also in forms such as 0x7f.1."""
    if ":" in host:
        return True
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_on_the_internet(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and (address.is_site_local or address.sixtofour):
        return False
    return address.is_global


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that a mapped or NAT64 IPv6 address stands for.

    Any other IP address is returned as it is.
    """
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & _LOW_32_BITS) if address in _NAT64 else address
