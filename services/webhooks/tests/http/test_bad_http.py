"""Malformed or oversized HTTP is refused with a problem document."""

import asyncio
import socket
from functools import partial

import pytest

from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.serving import Service, ServiceProcess
from tests.fixtures.bad_http import BAD_REQUESTS, Address, is_refused
from tests.fixtures.framings import BAD_FRAMINGS, Framing, Good, check_refused, said_to, sound


@pytest.fixture(scope="module")
def service(service_process: ServiceProcess) -> ServiceProcess:
    return service_process


@pytest.fixture
def address(service: Service, settings: WebhooksSettings) -> Address:
    """Return the address of the running service."""
    host, _, port = settings.http_listen.rpartition(":")
    return host, int(port)


@BAD_REQUESTS
async def test_malformed_http_requests_are_refused_with_a_problem_document(
    address: Address, request_bytes: bytes, status: int, code: str
) -> None:
    await asyncio.to_thread(is_refused, address, request_bytes, status, code)


@BAD_FRAMINGS
async def test_a_request_with_a_wrong_or_repeated_content_length_is_refused_and_not_logged(
    service: Service, account: TwilioAccount, address: Address, framing: Framing, ends_early: bool
) -> None:
    call = form_call(account, STATUS, status_pairs(account))
    request = framing(Good(call.target, call.headers, call.body))
    await asyncio.to_thread(partial(check_refused, address, request, ends_early=ends_early))
    assert not await service.logged_of(account)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_request_with_a_correct_content_length_is_logged(
    service: Service, account: TwilioAccount, address: Address, chunked: bool
) -> None:
    call = form_call(account, STATUS, status_pairs(account))
    request = sound(Good(call.target, call.headers, call.body), chunked=chunked)
    said = await asyncio.to_thread(partial(said_to, address, request, ends_early=True))
    assert said.startswith(b"HTTP/1.1 204 ")
    assert len(await service.logged_of(account)) == 1


async def test_a_body_that_is_too_large_ends_the_connection(address: Address) -> None:
    head = f"POST {STATUS} HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n".encode()
    said = await asyncio.to_thread(said_to, address, head + b"a" * 4_000_000)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in said


async def test_endless_headers_are_refused(address: Address) -> None:
    def send() -> bytes:
        with socket.create_connection(address, timeout=100) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nX-A: ")
            try:
                for _ in range(100):
                    connection.sendall(b"a" * 65536)
                return connection.recv(65536)
            except (BrokenPipeError, ConnectionResetError):
                return b"HTTP/1.1 431 "

    assert (await asyncio.to_thread(send)).startswith(b"HTTP/1.1 431 ")


async def test_pipelined_requests_get_their_responses_in_order(
    service: Service, account: TwilioAccount, address: Address
) -> None:
    call = form_call(account, STATUS, status_pairs(account))
    lines = [f"POST {call.target} HTTP/1.1", "Host: x", f"Content-Length: {len(call.body)}"]
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + call.body
    nowhere = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    def send() -> bytes:
        with socket.create_connection(address, timeout=100) as connection:
            connection.sendall(request + request + nowhere)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    said = await asyncio.to_thread(send)
    statuses = [line.split()[1] for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert statuses == [b"204", b"204", b"404"]
    assert len(await service.logged_of(account)) == 1
