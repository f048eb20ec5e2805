"""What is not HTTP, or too much of it, is refused with a problem document like all else."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.test_process import environment, process
from tests.fixtures.bad_http import BAD_REQUESTS, Address, is_refused


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
def test_it_is_refused_with_a_problem(
    address: Address, request_bytes: bytes, status: int, code: str
) -> None:
    is_refused(address, request_bytes, status, code)


def test_an_address_of_eight_thousand_characters_is_read(address: Address) -> None:
    url = f"http://{address[0]}:{address[1]}/api/nowhere?x={'a' * 8000}"
    assert httpx.get(url).json()["code"] == "route_not_found"
