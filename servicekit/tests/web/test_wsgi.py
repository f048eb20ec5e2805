"""A WSGI application behind the event loop: bodies of every size, in limited buffer space."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from servicekit.errors import Unavailable
from servicekit.web import wsgi
from servicekit.web.pace import Pace
from servicekit.web.wsgi import Pieces, Threads, WsgiBridge
from tests.fixtures.asgi_server import asgi_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_MOST_BODY = 1024 * 1024
_ROOM = 256 * 1024


class Broken(Pieces):
    """A file whose second part can't be read."""

    def __init__(self) -> None:
        self._left = [b"a" * 1000]

    async def next(self) -> bytes | None:
        if not self._left:
            raise Unavailable("It is gone.")
        return self._left.pop()

    def close(self) -> None:
        pass


def toy(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Respond with a digest of the request body, or with as many bytes as the path says."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/broken":
        return Broken()  # type: ignore[return-value]  # the server takes it as it is
    if environ["PATH_INFO"] != "/":
        return [b"a" * int(environ["PATH_INFO"][1:])]
    body = environ["wsgi.input"].read()
    return [hashlib.sha256(body).hexdigest().encode()]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wsgi, "_SPOOL_BYTES", _ROOM)
        threads = Threads(2, 2, lambda _method, path: path == "/upload")
        bridge = WsgiBridge(toy, threads, _MOST_BODY)
        with asgi_server(bridge, Pace()) as url, httpx.Client(base_url=url) as client:
            yield client
        bridge.close()


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, _ROOM])
def test_request_and_response_bodies_of_any_size_arrive_completely(
    client: httpx.Client, size: int
) -> None:
    body = b"b" * size
    assert client.post("/", content=body).text == hashlib.sha256(body).hexdigest()
    chunks = iter([body[at : at + 1000] for at in range(0, size, 1000)])
    assert client.post("/", content=chunks).text == hashlib.sha256(body).hexdigest()
    assert client.get(f"/{size}").content == b"a" * size


def test_a_request_body_larger_than_the_free_buffer_is_refused_and_uses_none_of_it(
    client: httpx.Client,
) -> None:
    for _ in range(3):
        refused = client.post("/", content=b"b" * (_ROOM + 1))
        assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
        assert refused.headers["Retry-After"]
        assert client.get(f"/{_ROOM + 1}").status_code == 503
    assert client.post("/", content=b"b" * _ROOM).status_code == 200


def test_an_interrupted_response_does_not_look_complete(client: httpx.Client) -> None:
    with pytest.raises(httpx.TransportError):
        client.get("/broken")
