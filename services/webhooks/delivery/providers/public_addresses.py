"""Find the addresses of an endpoint, and leave out those that are not on the internet.

The addresses are checked at each connection, and the connection goes to exactly these. So a name
that changes its address after the check can't lead a call elsewhere.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from servicekit.outbound.client import Found
from services.webhooks.delivery.domain.addresses import is_public

# A name server may hang, and so block a thread for many seconds.
_THREADS = 64


def _resolve(host: str, port: int) -> Found:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part of the name is empty or too long
        raise socket.gaierror(str(error)) from error


class AddressRefused(OSError):
    """A host has no IP address on the internet."""


class PublicAddresses:
    """Resolves host names to public IP addresses, in threads of its own.

    Args:
        allow_loopback: Whether this computer's own addresses are allowed, for development.
        resolve: Returns the IP addresses of a host and a port. It may block.
    """

    def __init__(
        self, *, allow_loopback: bool = False, resolve: Callable[[str, int], Found] = _resolve
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._threads = ThreadPoolExecutor(_THREADS, "resolve")

    async def find(self, host: str, port: int) -> Found:
        """Return the IP addresses of a host, which must be on the internet.

        Raises:
            AddressRefused: The host has no IP address on the internet.
            OSError: The name can't be resolved.
        """
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._resolve, host, port)
        allowed = [
            info for info in found if is_public(info[4][0], allow_loopback=self._allow_loopback)
        ]
        if not allowed:
            raise AddressRefused
        return allowed

    def close(self) -> None:
        """Stop the threads. Does not wait for a thread that does not return."""
        self._threads.shutdown(wait=False, cancel_futures=True)
