"""The client that sent the current request: its IP address, its name and its session."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Client:
    """A client. `user_agent` is the name that the client gives itself.

    `is_test` is whether it is in test mode.
    """

    address: str = ""
    user_agent: str = ""
    session_id: UUID | None = None
    is_test: bool = False

    def details(self) -> Mapping[str, str]:
        """Return what the audit log stores about the client."""
        known = {"address": self.address, "userAgent": self.user_agent}
        return {name: value for name, value in known.items() if value}


_current: ContextVar[Client] = ContextVar("client", default=Client())  # noqa: B039 (is frozen)


def current() -> Client:
    """Return the client of the current request, or an unknown client if no request is served."""
    return _current.get()


def readable_name(user_agent: str) -> str:
    """Return a ``User-Agent`` header in a form to show: shortened, without control characters."""
    return "".join(filter(str.isprintable, user_agent))[:_LONGEST_NAME]


@contextmanager
def serving(client: Client) -> Iterator[None]:
    """Within the ``with`` block, let `current` return `client`."""
    token = _current.set(client)
    try:
        yield
    finally:
        _current.reset(token)
