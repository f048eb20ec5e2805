"""Malformed or oversized HTTP is refused with a problem document."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import PASSWORD
from services.gateway.tests.test_process import Rows, environment, process
from tests.fixtures.bad_http import BAD_REQUESTS, Address, is_refused
from tests.fixtures.framings import BAD_FRAMINGS, Framing, Good, check_refused, said_to, sound


@pytest.fixture(scope="module")
def address(
    settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Address]:
    env = environment(settings)
    folder: Path = tmp_path_factory.mktemp("bad_http")
    with process(env, folder / "log"):
        host, _, port = env["HTTP_LISTEN"].rpartition(":")
        yield host, int(port)


@BAD_REQUESTS
def test_malformed_http_is_refused_with_a_problem(
    address: Address, request_bytes: bytes, status: int, code: str
) -> None:
    is_refused(address, request_bytes, status, code)


@BAD_FRAMINGS
def test_a_request_with_a_wrong_or_repeated_content_length_is_refused_and_not_run(
    address: Address, rows: Rows, framing: Framing, ends_early: bool
) -> None:
    email = f"{uuid4().hex}@example.com"
    check_refused(address, framing(sign_up_of(email)), ends_early=ends_early)
    assert not rows("SELECT id FROM users WHERE email = :email", email=email)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_with_a_correct_content_length_is_run(
    address: Address, rows: Rows, chunked: bool
) -> None:
    email = f"{uuid4().hex}@example.com"
    said = said_to(address, sound(sign_up_of(email), chunked=chunked), ends_early=True)
    assert said.startswith(b"HTTP/1.1 201 ")
    assert rows("SELECT id FROM users WHERE email = :email", email=email)


def sign_up_of(email: str) -> Good:
    body = orjson.dumps({"email": email, "password": PASSWORD, "name": "Ann Lee"})
    return Good("/api/auth/register", {"Content-Type": "application/json"}, body)


def test_a_body_that_is_too_large_ends_the_connection(address: Address) -> None:
    head = b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    said = said_to(address, head + b"Content-Length: 4000000\r\n\r\n" + b" " * 2_000_000)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in said


def test_a_url_of_eight_thousand_characters_is_read(address: Address) -> None:
    url = f"http://{address[0]}:{address[1]}/api/nowhere?x={'a' * 8000}"
    assert httpx.get(url).json()["code"] == "route_not_found"
