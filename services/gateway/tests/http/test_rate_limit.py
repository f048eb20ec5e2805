"""The rate of requests is limited per user and per IP network."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from flask import Request
from limits.errors import StorageError
from prometheus_client import REGISTRY
from pydantic import SecretStr, ValidationError
from werkzeug.test import EnvironBuilder

from deploy.local.ports import free_port
from services.gateway.http.rate_limit import RateLimits, client_network
from services.gateway.http.shared_store import CircuitBreaker
from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import PASSWORD, Client, problem, refresh, sign_up
from smsblaster.options.v1.access_pb2 import RATE_CLASS_READ, RATE_CLASS_SEND
from tests.fixtures.running import listening


@pytest.fixture(scope="module")
def limited(settings: GatewaySettings) -> GatewaySettings:
    changes = {
        "rate_limits": True,
        "rate_read": 5,
        "rate_write": 3,
        "rate_send": 2,
        "rate_sign_in": 4,
        "ops_listen": listening(),
        "trusted_proxies": 1,
    }
    return settings.model_copy(update=changes)


@pytest.fixture(scope="module")
def limited_url(
    limited: GatewaySettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with serving(limited, tmp_path_factory.mktemp("limited")) as url:
        yield url


def from_address(url: str, address: str) -> Client:
    return httpx.Client(base_url=url, headers={"X-Forwarded-For": address}, timeout=60)


def test_each_user_has_a_limit_for_each_rate_class(
    limited_url: str,
) -> None:
    with from_address(limited_url, "10.0.0.1") as client:
        member, other = sign_up(client), sign_up(client)
        left = []
        for _ in range(5):
            answer = client.get("/api/me", headers=member.headers)
            left.append(int(answer.headers["RateLimit-Remaining"]))
            assert answer.headers["RateLimit-Limit"] == "5"
            assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
        assert left == [4, 3, 2, 1, 0]
        refused = client.get("/api/me", headers=member.headers)
        problem(refused, 429, "rate_limited")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert client.patch("/api/me", headers=member.headers).status_code == 200
        assert client.get("/api/me", headers=other.headers).status_code == 200


def test_refreshes_and_sign_outs_do_not_count_towards_the_sign_in_limit(
    limited_url: str,
) -> None:
    with from_address(limited_url, "10.0.0.11") as client:
        member = sign_up(client)
        token = member.session["refreshToken"]
        for _ in range(6):
            renewed = refresh(client, token)
            assert renewed.headers["RateLimit-Limit"] == "600"
            token = renewed.json()["refreshToken"]
        assert client.post("/api/auth/logout", json={"refreshToken": token}).status_code == 204
        given = {"email": member.email, "password": PASSWORD}
        signed_in = client.post("/api/auth/login", json=given)
        assert (signed_in.status_code, signed_in.headers["RateLimit-Remaining"]) == (200, "2")


def test_an_ip_address_has_one_limit_for_all_its_requests(
    limited: GatewaySettings, tmp_path: Path
) -> None:
    narrow = limited.model_copy(update={"rate_address": 3, "ops_listen": listening()})
    bad = {"Authorization": "Bearer x"}
    with serving(narrow, tmp_path) as url:
        with from_address(url, "10.0.0.5") as client:
            paths = ["/api/me", "/api/contacts", "/api/org", "/api/templates"]
            answers = [client.get(path, headers=bad) for path in paths]
            assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
            assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        with from_address(url, "10.0.0.6") as elsewhere:
            assert elsewhere.get("/api/me", headers=bad).status_code == 401


def test_addresses_of_one_ipv6_network_share_their_limits(limited_url: str) -> None:
    guess = {"email": f"{uuid4().hex}@example.com", "password": "guess"}
    addresses = [f"2001:db8:5:9:{host:x}::1" for host in range(6)]
    statuses = []
    for address in [*addresses, "2001:db8:5:a::1"]:
        with from_address(limited_url, address) as client:
            statuses.append(client.post("/api/auth/login", json=guess).status_code)
    assert statuses == [401, 401, 401, 401, 429, 429, 401]


def test_credentials_are_not_checked_when_the_ip_address_is_over_its_limit(
    limited: GatewaySettings, tmp_path: Path, rows: Callable[..., list[dict[str, object]]]
) -> None:
    narrow = limited.model_copy(update={"rate_address": 2, "ops_listen": listening()})
    with serving(narrow, tmp_path) as url, from_address(url, "10.0.0.8") as client:
        member = sign_up(client)
        wanted = {"name": "ci", "scopes": ["read"]}
        made = client.post("/api/api-keys", json=wanted, headers=member.headers).json()
        answer = client.get("/api/me", headers={"X-Api-Key": made["key"]})
    problem(answer, 429, "rate_limited")
    [key] = rows("SELECT last_used_at FROM api_keys WHERE org_id = :org", org=member.org_id)
    assert key["last_used_at"] is None


def test_requests_with_bad_tokens_count_towards_the_limit_of_their_ip_network(
    limited_url: str,
) -> None:
    with from_address(limited_url, "10.0.0.7") as client:
        answers = [client.get("/api/me", headers={"X-Api-Key": "sk_guess"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:2]] == ["4", "3"]


def test_requests_beyond_the_rate_limit_for_sending_are_refused(limited_url: str) -> None:
    with from_address(limited_url, "10.0.0.2") as client:
        member = sign_up(client)
        statuses = [
            client.post("/api/sms/send", json={"x": 1}, headers=member.headers).status_code
            for _ in range(3)
        ]
    assert statuses == [422, 422, 429]


def test_sign_ins_are_counted_per_ip_address(limited_url: str) -> None:
    guess = {"email": f"{uuid4().hex}@example.com", "password": "guess"}
    with from_address(limited_url, "10.0.0.3") as client:
        statuses = [client.post("/api/auth/login", json=guess).status_code for _ in range(6)]
    assert statuses == [401, 401, 401, 401, 429, 429]
    with from_address(limited_url, "10.0.0.4") as elsewhere:
        assert elsewhere.post("/api/auth/login", json=guess).status_code == 401


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "1.1.1.1", "127.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "1.1.1.1:4711", "1.1.1.1"),
        (1, "::ffff:1.1.1.1", "1.1.1.1"),
        (1, "2001:db8:0:7:aaaa::1", "2001:db8:0:7::/64"),
        (1, "[2001:db8:0:7:bbbb::2]:443", "2001:db8:0:7::/64"),
        (1, "fe80::1%eth0", "fe80::/64"),
        (1, "unknown", "unknown"),
    ],
)
def test_only_the_configured_number_of_proxies_is_trusted(
    proxies: int, forwarded: str, network: str
) -> None:
    headers = [("X-Forwarded-For", forwarded)] if forwarded else []
    environ = EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert client_network(Request(environ.get_environ()), proxies) == network


def test_without_a_shared_store_each_process_has_its_own_rate_limit_counts(
    limited: GatewaySettings,
) -> None:
    away = SecretStr(f"redis://127.0.0.1:{free_port()}")
    limits = RateLimits(limited.model_copy(update={"redis_url": away}))
    within = [limits.spend(RATE_CLASS_SEND, "ann")[1] for _ in range(3)]
    assert within == [True, True, False]
    assert limits.spend(RATE_CLASS_READ, "ann")[1]


@pytest.fixture
def frozen() -> Iterator[str]:
    """Return the address of a shared store that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"


def test_requests_do_not_wait_for_a_hanging_shared_store(
    limited: GatewaySettings, tmp_path: Path, frozen: str
) -> None:
    changes = {"redis_url": SecretStr(frozen), "ops_listen": listening(), "rate_read": 30}
    before = metric("smsblaster_rate_limit_store_failures_total")
    with (
        serving(limited.model_copy(update=changes), tmp_path) as url,
        from_address(url, "10.0.0.9") as client,
        ThreadPoolExecutor(20) as threads,
    ):
        member = sign_up(client)

        def ask(_: int) -> int:
            return client.get("/api/me", headers=member.headers).status_code

        statuses = sorted(threads.map(ask, range(40)))
    assert statuses == [200] * 30 + [429] * 10
    assert metric("smsblaster_rate_limit_store_away") == 1
    # Failed: requests that used the store before its failure was known, and one every 5 seconds.
    assert 1 <= metric("smsblaster_rate_limit_store_failures_total") - before <= 25


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def test_a_failed_store_is_tried_by_one_request_at_a_time() -> None:
    now = [100.0]
    circuit = CircuitBreaker(lambda: now[0])
    assert [circuit.allows() for _ in range(2)] == [True, True]
    circuit.failed(StorageError(TimeoutError()))
    assert not circuit.allows()
    now[0] += 5
    assert [circuit.allows() for _ in range(3)] == [True, False, False]
    circuit.failed(StorageError(TimeoutError()))
    now[0] += 5
    assert circuit.allows()
    circuit.answered()
    assert [circuit.allows() for _ in range(2)] == [True, True]
    assert metric("smsblaster_rate_limit_store_away") == 0


def test_several_web_workers_with_rate_limits_need_a_shared_store(
    settings: GatewaySettings,
) -> None:
    given = {**settings.model_dump(), "web_workers": 2, "rate_limits": True}
    with pytest.raises(ValidationError, match="REDIS_URL"):
        GatewaySettings(**given)
    assert GatewaySettings(**{**given, "rate_limits": False}).web_workers == 2


def test_rate_limits_can_be_switched_off(client: Client) -> None:
    assert "RateLimit-Limit" not in client.post("/api/auth/logout", json={}).headers


def test_default_rate_limits_grow_from_sign_in_over_sending_and_writing_to_reading() -> None:
    budgets = ("rate_sign_in", "rate_send", "rate_write", "rate_read", "rate_address")
    shipped = [GatewaySettings.model_fields[name].default for name in budgets]
    assert shipped == sorted(set(shipped))


def test_the_example_environment_file_has_the_default_rate_limits() -> None:
    example = Path(".env.example").read_text("utf-8")
    for name in ("rate_sign_in", "rate_send", "rate_write", "rate_read", "rate_address"):
        default = GatewaySettings.model_fields[name].default
        assert f"{name.upper()}={default}\n" in example


def test_a_shared_store_requires_the_client_package_of_redis(
    settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {**settings.model_dump(), "redis_url": "redis://127.0.0.1"}
    assert GatewaySettings.model_validate(given).redis_url
    monkeypatch.setattr("servicekit.settings.find_spec", lambda name: None)
    with pytest.raises(ValidationError, match="needs the package redis: run `make install`"):
        GatewaySettings.model_validate(given)
