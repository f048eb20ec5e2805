"""During an outage clients get 503. After it, their requests succeed again."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.migrations import upgrade
from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, problem, sign_up
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until_sync


@pytest.fixture
def own_database(own_postgres: Postgres) -> str:
    superuser = own_postgres.url()
    create_role(superuser, "gateway", "gateway")
    create_database(superuser, "gateway", "gateway")
    url = superuser.replace(superuser.split("@")[0], "postgresql://gateway:gateway")
    url = url.rsplit("/", 1)[0] + "/gateway"
    upgrade("gateway", url)
    return url


@pytest.fixture
def own_client(settings: GatewaySettings, own_database: str, tmp_path: Path) -> Iterator[Client]:
    changes = {"database_url": SecretStr(own_database), "ops_listen": listening()}
    with (
        serving(settings.model_copy(update=changes), tmp_path) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def test_requests_get_503_until_the_database_is_back(
    own_client: Client, own_postgres: Postgres
) -> None:
    member = sign_up(own_client)
    own_postgres.stop()

    def status() -> int:
        return own_client.get("/api/me", headers=member.headers).status_code

    wait_until_sync(lambda: status() == 503)
    answer = own_client.post("/api/auth/login", json={"email": "a@b.c", "password": "x"})
    problem(answer, 503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    own_postgres.start()
    wait_until_sync(lambda: status() == 200, timeout=60)


def test_a_service_that_refuses_internal_tokens_gives_503_and_not_401(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    """A service refuses them if its clock is ten minutes wrong, or if it has another key."""
    other_key = base64.b64encode(b"another key" * 4).decode()
    changes = {"internal_token_key": SecretStr(other_key), "ops_listen": listening()}
    with (
        serving(settings.model_copy(update=changes), tmp_path) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        member = sign_up(client)
        for path in ("/api/contacts", "/api/contacts/export"):
            answer = client.get(path, headers=member.headers)
            problem(answer, 503, "service_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/api/me", headers=member.headers).status_code == 200


def test_the_api_works_without_the_bus(settings: GatewaySettings, tmp_path: Path) -> None:
    ops = listening()
    changes = {"nats_url": SecretStr(f"nats://{listening()}"), "ops_listen": ops}
    with (
        serving(settings.model_copy(update=changes), tmp_path) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        member = sign_up(client)
        assert client.get("/api/me", headers=member.headers).status_code == 200
        ready = wait_until_sync(lambda: ready_at(ops))
        assert ready == {"database": "ok", "bus": "ConnectionError"}


def ready_at(ops: str) -> dict[str, str]:
    """Return the state of each dependency, as ``/readyz`` of a ready process reports it."""
    try:
        answer = httpx.get(f"http://{ops}/readyz")
    except httpx.TransportError:
        return {}
    states: dict[str, str] = answer.json()["dependencies"]
    return states if answer.status_code == 200 and "unknown" not in states.values() else {}
