"""Slow clients don't block other clients, and are disconnected."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import Client, Member, problem, sign_up
from services.gateway.tests.rpc.backends import ENDLESS_ID
from services.gateway.tests.test_process import environment, process
from tests.fixtures.waiting import wait_until_sync

_MANY = 20  # more than the gateway has threads
_ENDLESS = f"/api/contacts/export?listId={ENDLESS_ID}"
_POST = "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
_FORM = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000\r\n\r\n--x\r\n"
_FILE = '\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nphone\n'


@pytest.fixture(scope="module")
def url(settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pace = {"SLOW_CLIENT_SECONDS": "2", "SLOW_CLIENT_RATE": "65536"}
    env = environment(settings, WEB_TRANSFERS="4", USER_TRANSFERS="2", **pace)
    with process(env, tmp_path_factory.mktemp("slow") / "log"):
        yield f"http://{env['HTTP_LISTEN']}"


@pytest.fixture(scope="module")
def caller(url: str) -> Iterator[Client]:
    with httpx.Client(base_url=url, timeout=5) as client:
        yield client


@pytest.fixture(scope="module")
def bystander(caller: Client) -> Member:
    return sign_up(caller)


def is_served(caller: Client, bystander: Member) -> bool:
    """Return whether another client gets each of its responses within a second."""
    for _ in range(8):
        started = time.monotonic()
        try:
            answer = caller.get("/api/me", headers=bystander.headers)
        except httpx.TimeoutException:
            return False
        if answer.status_code != 200 or time.monotonic() - started > 1.0:
            return False
    return True


@contextmanager
def clients(url: str, begun: str, trickle: bytes = b"") -> Iterator[list[socket.socket]]:
    """Open connections that send `begun`, then `trickle` byte by byte, and don't read responses."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    with ExitStack() as stack:
        connections = []
        for _ in range(_MANY):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect((host, int(port)))
            connection.sendall(begun.encode())
            connections.append(connection)
        if trickle:
            stack.enter_context(trickling(connections, trickle))
        yield connections


@contextmanager
def trickling(connections: list[socket.socket], said: bytes) -> Iterator[None]:
    """Send `said` again and again on each connection."""
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(0.25):
            for connection in connections:
                with suppress(OSError):
                    connection.send(said)

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def is_hung_up_on(connection: socket.socket) -> bool:
    """Return whether the server closes the connection to a client that reads nothing."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(30_000))


def request(member: Member, path: str, verb: str = "GET") -> str:
    authorization = member.headers["Authorization"]
    return f"{verb} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\n"


@pytest.mark.parametrize(
    ("begun", "trickle"),
    [
        ("GET /api/me HTTP/1.1\r\nHost: a\r\nX-A: ", b""),
        ("GET /api/me HTTP/1.1\r\nHost: a\r\nX-A: ", b"a"),
        (f'{_POST}Content-Length: 60\r\n\r\n{{"email": ', b""),
        (f"{_POST}Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (f"{_POST}Transfer-Encoding: chunked\r\n\r\n", b"1;a=b\r\n"),
    ],
    ids=["half heads", "trickled heads", "half bodies", "trickled chunks", "trickled lengths"],
)
def test_requests_that_never_end_do_not_block_other_clients(
    url: str, caller: Client, bystander: Member, begun: str, trickle: bytes
) -> None:
    with clients(url, begun, trickle) as slow:
        # On a busy machine one response can be late, but not one in each of three rounds.
        assert any(is_served(caller, bystander) for _ in range(3))
        assert all(is_hung_up_on(connection) for connection in slow)


def test_clients_that_do_not_read_their_responses_do_not_block_others(
    url: str, caller: Client, bystander: Member
) -> None:
    asked = f"{request(bystander, '/api/openapi.json')}\r\n" * 8
    with clients(url, asked) as slow:
        assert any(is_served(caller, bystander) for _ in range(3))
        assert all(is_hung_up_on(connection) for connection in slow)


def test_clients_that_do_not_read_their_downloads_do_not_block_others(
    url: str, caller: Client, bystander: Member
) -> None:
    member = sign_up(caller)
    with clients(url, f"{request(member, _ENDLESS)}\r\n"):
        assert any(is_served(caller, bystander) for _ in range(3))
        wait_until_sync(lambda: begins(caller, member) == 200, message="a slot is free again")


def begins(caller: Client, member: Member) -> int:
    with caller.stream("GET", _ENDLESS, headers=member.headers) as answer:
        return answer.status_code


def test_slow_uploads_do_not_block_others(url: str, caller: Client, bystander: Member) -> None:
    begun = request(sign_up(caller), "/api/contacts/import", "POST") + _FORM + _FILE[2:]
    with clients(url, begun, trickle=b"+") as slow:
        assert any(is_served(caller, bystander) for _ in range(3))
        assert all(is_hung_up_on(connection) for connection in slow)


def test_uploads_and_downloads_are_limited_per_user_and_in_total(
    caller: Client, bystander: Member
) -> None:
    one, other, third = (sign_up(caller) for _ in range(3))
    with ExitStack() as stack:

        def export(member: Member) -> httpx.Response:
            ask = caller.stream("GET", _ENDLESS, headers=member.headers)
            return stack.enter_context(ask)

        begun = [export(member) for member in (one, one, other)]
        assert [answer.status_code for answer in begun] == [200, 200, 200]
        too_many = export(one)
        too_many.read()
        problem(too_many, 429, "too_many_transfers")
        assert too_many.headers["Retry-After"]
        assert export(other).status_code == 200
        crowded = export(third)
        crowded.read()
        problem(crowded, 503, "service_unavailable")
        assert crowded.headers["Retry-After"]
        assert any(is_served(caller, bystander) for _ in range(3))
        begun[0].close()
        wait_until_sync(lambda: begins(caller, third) == 200, message="a slot is free again")
