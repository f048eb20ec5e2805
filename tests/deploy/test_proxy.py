"""The proxy of docker-compose.yml, as Caddy understands its file."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import LOOPBACK, free_port
from services.gateway.http.app import MAX_BODY_BYTES
from services.gateway.settings import GatewaySettings
from services.webhooks.http import requests as webhook_requests
from tests.deploy.compose_file import ROOT
from tests.fixtures.waiting import wait_until_sync

FILE = ROOT / "deploy" / "compose" / "Caddyfile"
TEXT = FILE.read_text(encoding="utf-8")
NAMES = ("APP_HOST", "WEBHOOKS_HOST", "OPERATORS_HOST")
REACHED = 502
"""What Caddy answers when it passes a request on: the names of Compose lead nowhere here."""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run Caddy with a port of this machine for each of its names. Return the addresses."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed (apt-get install caddy): its file is not tried")
    hosts = {name: f"http://{LOOPBACK}:{free_port()}" for name in NAMES}
    environment = {**hosts, "OPERATOR_NETWORKS": "10.0.0.0/8", "TLS_EMAIL": "you@example.com"}
    home = tmp_path_factory.mktemp("caddy")
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [caddy, "run", "--config", str(FILE), "--adapter", "caddyfile"],
            env={"PATH": os.environ["PATH"], "HOME": str(home), **environment},
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_sync(lambda: _answers(process, home / "log", hosts["OPERATORS_HOST"]))
        yield hosts
    finally:
        process.terminate()
        process.wait()


def _answers(process: "subprocess.Popen[bytes]", log: Path, url: str) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        httpx.get(url)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.parametrize(
    "path", ["/api/admin", "/api/admin/users", "/api/%61dmin/users", "/api//admin/users"]
)
def test_the_public_name_has_no_routes_for_operators(hosts: dict[str, str], path: str) -> None:
    assert httpx.get(hosts["APP_HOST"] + path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/api/me", "/api/stream", "/api/administrators"])
def test_the_public_name_passes_other_requests_on(hosts: dict[str, str], path: str) -> None:
    assert httpx.get(hosts["APP_HOST"] + path).status_code == REACHED


def test_the_name_of_operators_refuses_other_networks(hosts: dict[str, str]) -> None:
    assert httpx.get(hosts["OPERATORS_HOST"] + "/api/admin/users").status_code == 403


def test_webhooks_are_passed_on(hosts: dict[str, str]) -> None:
    assert httpx.post(hosts["WEBHOOKS_HOST"] + "/api/webhooks/stripe").status_code == REACHED


def test_the_proxy_takes_the_bodies_that_the_edges_take() -> None:
    units = {"KiB": 1024, "MiB": 1024 * 1024}
    sizes = [int(size) * units[unit] for size, unit in re.findall(r"max_size (\d+)(\w+)", TEXT)]
    upload = GatewaySettings.model_fields["upload_limit_bytes"].default
    assert sizes == [upload, webhook_requests.MAX_BODY_BYTES, MAX_BODY_BYTES]


def test_every_name_in_the_file_is_a_setting_of_compose() -> None:
    used = set(re.findall(r"\{\$(\w+)\}", TEXT))
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert used == {*NAMES, "OPERATOR_NETWORKS", "TLS_EMAIL"}
    assert not [name for name in used if f"{name}: ${{{name}:-" not in compose]
