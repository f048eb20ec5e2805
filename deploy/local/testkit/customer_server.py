"""A customer's own server: it receives webhooks, verifies their signatures and stores them."""

import base64
import hashlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it came. `verified` tells whether its signature is right.

    `test_mode` tells whether its body says that it is about test mode.
    """

    id: str
    type: str
    data: dict[str, Any]
    verified: bool
    test_mode: bool


class CustomerServer:
    """A server on this computer, which runs within a `with` block.

    `secret` is the endpoint's secret, with which calls are verified.
    """

    def __init__(self) -> None:
        self.secret = ""
        self._calls: list[Webhook] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks"

    @property
    def calls(self) -> Sequence[Webhook]:
        """Every call so far, including repeated calls for the same event."""
        with self._lock:
            return [*self._calls]

    @property
    def events(self) -> Sequence[Webhook]:
        """Every event so far, each only once."""
        return list({call.id: call for call in self.calls}.values())

    def types(self) -> Counter[str]:
        """Return how many events of each type were received."""
        return Counter(event.type for event in self.events)

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Store a webhook, and whether its signature is right.

        The names of `headers` are in lower case.
        """
        content = json.loads(body)
        verified = is_signed(self.secret, headers, body)
        with self._lock:
            call = Webhook(
                headers["webhook-id"],
                content["type"],
                content["data"],
                verified,
                content["testMode"],
            )
            self._calls.append(call)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify a call, as docs/guides/hear-back.md tells customers to."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    given = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(expected, each) for each in given)


def _handler_of(customer: CustomerServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Receive a webhook call and respond to it."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            customer.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(204)
            self.end_headers()

        def handle(self) -> None:
            """Serve a connection until the platform closes it."""
            with suppress(ConnectionError):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as in the library)
            """Log nothing."""

    return Handler
