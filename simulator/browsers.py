"""Prevent other web pages from reaching the simulator through the user's browser.

The simulator has no authentication, and its user has a browser open. A page of another origin could
send it requests. A page whose host name points at this machine (DNS rebinding) could also read the
answers. Requests of programs have no `Origin` header and are allowed.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from simulator.control.answers import problem
from simulator.settings import Settings

_READS = frozenset({"GET", "HEAD", "OPTIONS"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class OwnPagesOnly:
    """Refuses requests of pages that are not the simulator's own, with 403."""

    def __init__(self, settings: Settings) -> None:
        self._public = urlsplit(settings.browser_url)

    @web.middleware
    async def refuse_others(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Serve `request` unless it comes from a page of another origin."""
        if not self._is_own_host(request.host):
            return problem(
                403,
                "This host name is unknown. If it is right, set SIMULATOR_PUBLIC_URL.",
            )
        if request.method not in _READS and not self._is_own_page(request):
            return problem(403, "Only the simulator's own pages can do this.")
        return await handler(request)

    def _is_own_host(self, host: str) -> bool:
        """Tell whether `host` is a name that no other web site can have.

        Such names are an IP address, a name without a dot, and the host of `browser_url`.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return _is_address(name) or "." not in name or name == self._public.hostname

    def _is_own_page(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin is None:
            return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        own = {f"http://{request.host}", f"{self._public.scheme}://{self._public.netloc}"}
        return origin in own


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
