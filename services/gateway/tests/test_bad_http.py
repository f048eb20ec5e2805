"""What is not HTTP, or too much of it, is refused with a problem document like all else."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.test_process import environment, process


@pytest.fixture(scope="module")
def address(
    settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    env = environment(settings)
    folder: Path = tmp_path_factory.mktemp("bad_http")
    with process(env, folder / "log"):
        host, _, port = env["HTTP_LISTEN"].rpartition(":")
        yield host, int(port)


def answer_to(address: tuple[str, int], request: bytes) -> httpx.Response:
    """What the server says before it closes the connection."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (
            b"GET /api/me?x=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            414,
            "address_too_long",
        ),
        (b"GET /api/me?x=" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", 414, "address_too_long"),
        (b"GET / HTTP/1.1\r\nX-A: " + b"a" * 9000 + b"\r\n\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: a\r\n" * 200 + b"\r\n", 431, "headers_too_large"),
        (b"nonsense\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTQ/1.1\r\n\r\n", 400, "malformed_request"),
    ],
    ids=["address", "long address", "header", "headers", "nonsense", "no header", "no version"],
)
def test_it_is_refused_with_a_problem(
    address: tuple[str, int], request_bytes: bytes, status: int, code: str
) -> None:
    answer = answer_to(address, request_bytes)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"] == problem["requestId"]


def test_an_address_of_eight_thousand_characters_is_read(address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}/api/nowhere?x={'a' * 8000}"
    assert httpx.get(url).json()["code"] == "route_not_found"
