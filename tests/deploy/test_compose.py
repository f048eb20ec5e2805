"""The compose file runs every process, with exactly the settings that the process needs."""

import importlib.util
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy import bus_logins
from deploy.compose.new_env import MAKERS, filled
from deploy.local.postgres import OWNER
from deploy.local.topology import PARTS, SERVICES, Part
from deploy.settings_reference import known_names, secret_names, settings_of
from servicekit.bus.logins import LOGINS
from servicekit.settings import MigrationSettings
from servicekit.tokens import signer_of
from simulator.settings import Settings as SimulatorSettings
from tests.deploy.compose_file import ROOT, env_file, environment_of, load_services, names_used

SERVERS = {"postgres", "nats", "redis", "proxy"}
# Settings that AWS's library reads from the environment by itself, beside KMS_KEY_ID.
AWS_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")

by_name = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return load_services()


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for part in PARTS:
        for name in known_names(settings_of(part)):
            monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_docker_compose_runs_every_process_and_nothing_else(
    services: dict[str, dict[str, Any]],
) -> None:
    processes = {part.name for part in PARTS}
    migrations = {f"{service}-migrate" for service in SERVICES}
    assert set(services) == processes | migrations | SERVERS | {"simulator"}


@by_name
def test_a_process_starts_with_its_environment(
    part: Part, services: dict[str, dict[str, Any]], clean_environment: pytest.MonkeyPatch
) -> None:
    settings = settings_of(part)
    env = env_file(filled(EXAMPLE))
    for name, value in environment_of(services[part.name], env).items():
        clean_environment.setenv(name, value)
    assert signer_of(part.service, settings())
    password = env[bus_logins.password_setting(part.name)]
    assert settings().nats_url.get_secret_value() == f"nats://{part.name}:{password}@nats:4222"


def test_compose_gives_the_bus_a_password_for_every_nats_login(
    services: dict[str, dict[str, Any]],
) -> None:
    given = environment_of(services["nats"], env_file(filled(EXAMPLE)))
    assert set(given) == set(map(bus_logins.password_setting, bus_logins.NAMES))
    assert {login.name for login in LOGINS} == {part.name for part in PARTS}


@by_name
def test_a_process_can_get_each_of_its_settings_and_no_other(
    part: Part, services: dict[str, dict[str, Any]]
) -> None:
    known = known_names(settings_of(part))
    credentials = AWS_CREDENTIALS if "KMS_KEY_ID" in known else set()
    assert set(services[part.name]["environment"]) == known | credentials


@by_name
def test_a_process_runs_its_own_command(part: Part, services: dict[str, dict[str, Any]]) -> None:
    module, command = services[part.name]["command"]
    assert (module, command) == (f"services.{part.service}", part.command)
    assert importlib.util.find_spec(f"{module}.__main__")


@by_name
def test_a_process_waits_for_its_migrations(
    part: Part, services: dict[str, dict[str, Any]]
) -> None:
    condition = services[part.name]["depends_on"][f"{part.service}-migrate"]["condition"]
    assert condition == "service_completed_successfully"


@by_name
def test_compose_checks_the_readiness_of_a_process(
    part: Part, services: dict[str, dict[str, Any]]
) -> None:
    port = services[part.name]["environment"]["OPS_LISTEN"].rpartition(":")[2]
    assert f"http://127.0.0.1:{port}/readyz" in services[part.name]["healthcheck"]["test"][-1]


@by_name
def test_a_process_has_more_time_to_stop_than_it_needs(
    part: Part, services: dict[str, dict[str, Any]]
) -> None:
    patience = int(services[part.name]["stop_grace_period"].removesuffix("s"))
    assert patience > 2 * settings_of(part).model_fields["grace_seconds"].default


@pytest.mark.parametrize("service", SERVICES)
def test_each_migration_runs_once_as_the_owner_of_the_tables_and_without_other_secrets(
    service: str, services: dict[str, dict[str, Any]]
) -> None:
    migration = services[f"{service}-migrate"]
    assert migration["command"] == [f"services.{service}", "migrate"]
    assert migration["restart"] == "no"
    environment = environment_of(migration, env_file(filled(EXAMPLE)))
    assert set(environment) == known_names(MigrationSettings) - {"DIRECT_DATABASE_URL"}
    roles = [urlsplit(environment[name]).username for name in sorted(environment)]
    assert roles == [service, OWNER]


@pytest.mark.parametrize("name", sorted({part.name for part in PARTS} | {"simulator"}))
def test_a_container_can_write_only_to_its_volumes(
    name: str, services: dict[str, dict[str, Any]]
) -> None:
    assert services[name]["read_only"]
    assert services[name]["cap_drop"] == ["ALL"]


@by_name
def test_the_addresses_in_settings_contain_existing_services_and_their_ports(
    part: Part, services: dict[str, dict[str, Any]]
) -> None:
    environment = services[part.name]["environment"]
    addresses = {value for name, value in environment.items() if name.endswith("_ADDR")}
    for address in addresses:
        host, port = address.split(":")
        assert services[host]["environment"]["GRPC_LISTEN"].endswith(f":{port}")


def test_every_simulator_setting_in_compose_exists_in_the_simulator(
    services: dict[str, dict[str, Any]],
) -> None:
    fields = SimulatorSettings.model_fields.items()
    known = {str(field.validation_alias or name).upper() for name, field in fields}
    assert set(services["simulator"]["environment"]) <= known
    assert services["simulator"]["profiles"] == ["simulator"]


def test_only_the_proxy_with_tls_is_published_beyond_loopback(
    services: dict[str, dict[str, Any]],
) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {
        "gateway": ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-8080}:8080"],
        "webhooks": ["${BIND_ADDRESS:-127.0.0.1}:${WEBHOOKS_PORT:-8081}:8081"],
        "stream": ["${BIND_ADDRESS:-127.0.0.1}:${STREAM_PORT:-8083}:8083"],
        "simulator": ["127.0.0.1:${SIMULATOR_PORT:-8082}:8082"],
        "proxy": ["80:80", "443:443", "443:443/udp"],
    }
    assert services["proxy"]["profiles"] == ["tls"]


def test_redis_has_a_password_and_makes_room_when_it_is_full(
    services: dict[str, dict[str, Any]],
) -> None:
    shell, option, script = services["redis"]["command"]
    assert (shell, option) == ("sh", "-c")
    assert "requirepass $$REDISCLI_AUTH" in script
    assert "--maxmemory-policy volatile-ttl" in script
    env = env_file(filled(EXAMPLE))
    given = environment_of(services["gateway"], env)["REDIS_URL"]
    assert given == f"redis://:{env['REDIS_PASSWORD']}@redis:6379/0"


@by_name
def test_no_secret_has_a_value_in_the_configuration(
    part: Part, services: dict[str, dict[str, Any]]
) -> None:
    environment = services[part.name]["environment"]
    for name in secret_names(settings_of(part)):
        assert not environment[name] or "${" in environment[name]


def test_the_example_env_file_lists_every_setting_that_compose_uses(
    services: dict[str, dict[str, Any]],
) -> None:
    used = frozenset[str]().union(*map(names_used, services.values()))
    lines = [line.removeprefix("# ") for line in EXAMPLE.splitlines()]
    named = {line.partition("=")[0] for line in lines if line.partition("=")[0].isupper()}
    assert named - {"COMPOSE_PROFILES"} == used


def test_the_example_env_file_has_no_secrets_and_a_new_env_file_has_all() -> None:
    blank = env_file(EXAMPLE)
    made = env_file(filled(EXAMPLE))
    empty = {name for name, value in blank.items() if not value}
    assert empty == {*MAKERS, "INTERNAL_PUBLIC_KEYS"}
    assert all(made.values())
    assert env_file(filled(EXAMPLE))["KEYRING"] != made["KEYRING"]
