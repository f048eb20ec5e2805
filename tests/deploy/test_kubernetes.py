"""The manifests are valid, run every process with its settings, and let only callers connect."""

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from deploy import bus_logins
from deploy.compose.new_env import MAKERS
from deploy.local.topology import PARTS, SERVICES, Part
from deploy.settings_reference import known_names, secret_names, settings_of
from servicekit.service_keys import new_private_key
from servicekit.settings import MigrationSettings
from tests.deploy import custom_kinds
from tests.deploy.manifests import (
    AVAILABLE,
    BASE,
    EXAMPLE,
    KUBERNETES,
    Manifest,
    container_of,
    documented_secrets,
    matches,
    of_kind,
    pod_of,
    rendered,
    secrets_of_container,
    settings_of_container,
    written,
)

OLDEST, NEWEST = "1.30", "1.37"
RUNS_PODS = ("Deployment", "Job", "CronJob")

by_name = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)


@pytest.fixture(scope="module", autouse=True)
def schemas_are_read_once() -> Iterator[None]:
    """Cache the schemas, because the library reads megabytes of them again for every manifest."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(kubernetes_validate.utils.schema_contents)
        patch.setattr(kubernetes_validate.utils, "schema_contents", once)
        yield


def check(manifest: Manifest, version: str) -> None:
    """Raise an error if the manifest is not valid. Kubernetes has no schema of operators' kinds."""
    if manifest["kind"] in custom_kinds.schemas():
        custom_kinds.check(manifest)
    else:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("path", written(), ids=lambda path: str(path.relative_to(KUBERNETES)))
def test_a_manifest_is_valid(path: Path, version: str) -> None:
    for manifest in written()[path]:
        check(manifest, version)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("folder", [BASE, EXAMPLE, AVAILABLE], ids=lambda folder: folder.name)
def test_the_rendered_overlays_are_valid(folder: Path, version: str) -> None:
    for manifest in rendered(folder):
        check(manifest, version)


@pytest.mark.parametrize("path", written(), ids=lambda path: str(path.relative_to(KUBERNETES)))
def test_every_manifest_is_listed_in_its_folders_kustomization(path: Path) -> None:
    kustomization = yaml.safe_load((path.parent / "kustomization.yaml").read_text(encoding="utf-8"))
    assert path.name in kustomization["resources"]


def test_no_secret_has_a_value_in_the_configuration() -> None:
    kinds = {manifest["kind"] for manifests in written().values() for manifest in manifests}
    assert "Secret" not in kinds
    assert not of_kind(EXAMPLE, "Secret")


def test_kubernetes_runs_every_process_and_no_other() -> None:
    assert set(of_kind(EXAMPLE, "Deployment")) == {part.name for part in PARTS}


@by_name
def test_a_process_starts_with_its_settings(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    given, from_secrets = settings_of_container(EXAMPLE, of_kind(EXAMPLE, "Deployment")[part.name])
    for name in known_names(settings_of(part)):
        monkeypatch.delenv(name, raising=False)
    made = {name: _made_up(name) for name in from_secrets} | {"INTERNAL_PUBLIC_KEYS": ""}
    for name, value in (given | made).items():
        monkeypatch.setenv(name, value)
    assert settings_of(part)().ops_listen == "0.0.0.0:9090"


@by_name
def test_a_process_gets_only_settings_that_it_reads(part: Part) -> None:
    given, from_secrets = settings_of_container(EXAMPLE, of_kind(EXAMPLE, "Deployment")[part.name])
    assert given.keys() | from_secrets <= known_names(settings_of(part))


@by_name
def test_secret_settings_come_from_kubernetes_secrets(part: Part) -> None:
    given, _ = settings_of_container(EXAMPLE, of_kind(EXAMPLE, "Deployment")[part.name])
    assert not given.keys() & secret_names(settings_of(part))


@by_name
def test_a_process_runs_its_own_command(part: Part) -> None:
    args = container_of(of_kind(EXAMPLE, "Deployment")[part.name])["args"]
    assert args == [f"services.{part.service}", part.command]


@by_name
def test_a_process_has_enough_time_to_stop(part: Part) -> None:
    manifest = of_kind(EXAMPLE, "Deployment")[part.name]
    pause = container_of(manifest)["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = float(settings_of_container(EXAMPLE, manifest)[0]["GRACE_SECONDS"])
    assert pod_of(manifest)["spec"]["terminationGracePeriodSeconds"] > pause + 2 * grace


@by_name
def test_the_health_probes_of_a_process_use_its_own_addresses(part: Part) -> None:
    manifest = of_kind(EXAMPLE, "Deployment")[part.name]
    container, given = container_of(manifest), settings_of_container(EXAMPLE, manifest)[0]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    listens = {"ops": "OPS_LISTEN", "grpc": "GRPC_LISTEN", "http": "HTTP_LISTEN"}
    assert ports == {
        name: given[setting].rpartition(":")[2]
        for name, setting in listens.items()
        if setting in given
    }
    paths = {probe: container[probe]["httpGet"] for probe in container if probe.endswith("Probe")}
    assert paths == {
        "startupProbe": {"path": "/healthz", "port": "ops"},
        "livenessProbe": {"path": "/healthz", "port": "ops"},
        "readinessProbe": {"path": "/readyz", "port": "ops"},
    }


@pytest.mark.parametrize("kind", RUNS_PODS)
def test_containers_have_only_the_privileges_that_they_need(kind: str) -> None:
    for manifest in of_kind(EXAMPLE, kind).values():
        assert pod_of(manifest)["spec"]["securityContext"]["runAsNonRoot"]
        container = container_of(manifest)
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_migration_gets_the_addresses_of_its_database_and_no_other_secret(service: str) -> None:
    migration = container_of(of_kind(EXAMPLE, "Job")[f"{service}-migrate"])
    given = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in migration["env"]}
    assert migration["args"] == [f"services.{service}", "migrate"]
    assert "envFrom" not in migration
    assert set(given) == known_names(MigrationSettings) - {"DIRECT_DATABASE_URL"}
    for setting, secret in given.items():
        assert secret["key"] == setting in documented_secrets()[secret["name"]]


def test_cron_jobs_run_existing_jobs() -> None:
    for name, manifest in of_kind(EXAMPLE, "CronJob").items():
        module, command, job = container_of(manifest)["args"]
        service = module.removeprefix("services.")
        assert command == "job"
        assert job in _jobs_of(module)
        assert name == f"{service}-{job}"
        process = container_of(of_kind(EXAMPLE, "Deployment")[service])
        assert container_of(manifest)["envFrom"] == process["envFrom"]


@pytest.mark.parametrize("part", [part for part in PARTS if part.grpc], ids=lambda part: part.name)
def test_only_the_callers_of_a_service_can_connect_to_it(part: Part) -> None:
    address = f"{part.service}_addr"
    callers = {p.name for p in PARTS if address in settings_of(p).model_fields}
    assert _let_in(_labels(part.name), "grpc") == callers


@by_name
def test_a_kubernetes_service_selects_the_pods_of_its_process(part: Part) -> None:
    services = of_kind(EXAMPLE, "Service")
    container = container_of(of_kind(EXAMPLE, "Deployment")[part.name])
    ports = {port["name"] for port in container["ports"]}
    specs = [
        services[name]["spec"] for name in (part.name, f"{part.name}-grpc") if name in services
    ]
    for spec in specs:
        assert spec["selector"].items() <= _labels(part.name).items()
    assert {port["targetPort"] for spec in specs for port in spec["ports"]} == ports - {"ops"}


@by_name
def test_the_address_of_a_service_has_its_name_and_port(part: Part) -> None:
    given, _ = settings_of_container(EXAMPLE, of_kind(EXAMPLE, "Deployment")[part.name])
    services = of_kind(EXAMPLE, "Service")
    for address in (value for name, value in given.items() if name.endswith("_ADDR")):
        host, port = address.split(":")
        assert int(port) in {one["port"] for one in services[host]["spec"]["ports"]}


@by_name
def test_a_disruption_leaves_at_least_one_pod_of_a_process_running(part: Part) -> None:
    budget = of_kind(EXAMPLE, "PodDisruptionBudget")[part.name]["spec"]
    assert budget["maxUnavailable"] == 1
    assert matches(budget["selector"], _labels(part.name))
    replicas = of_kind(EXAMPLE, "Deployment")[part.name]["spec"].get("replicas")
    scaled = of_kind(EXAMPLE, "HorizontalPodAutoscaler").get(part.name)
    least = scaled["spec"]["minReplicas"] if scaled else replicas
    assert least >= 2


@pytest.mark.parametrize("kind", RUNS_PODS)
def test_no_pod_accepts_connections_unless_a_policy_allows_them(kind: str) -> None:
    denied = of_kind(EXAMPLE, "NetworkPolicy")["default-deny"]["spec"]
    assert "ingress" not in denied
    assert "egress" not in denied
    assert denied["policyTypes"] == ["Ingress", "Egress"]
    for manifest in of_kind(EXAMPLE, kind).values():
        assert matches(denied["podSelector"], pod_of(manifest)["metadata"]["labels"])


def test_clients_can_see_all_replicas_behind_the_address_of_a_service() -> None:
    for service in of_kind(EXAMPLE, "Service").values():
        if any(port["name"] == "grpc" for port in service["spec"]["ports"]):
            assert service["spec"]["clusterIP"] == "None", service["metadata"]["name"]


def test_every_secret_that_is_referred_to_is_documented() -> None:
    kinds = (*RUNS_PODS, "StatefulSet")
    pods = [manifest for kind in kinds for manifest in of_kind(EXAMPLE, kind).values()]
    referred = set().union(*map(secrets_of_container, pods))
    assert referred == set(documented_secrets())


def test_the_bus_gets_a_secret_with_the_password_of_every_nats_login() -> None:
    passwords = set(map(bus_logins.password_setting, bus_logins.NAMES))
    assert documented_secrets()["nats"] == passwords


@by_name
def test_a_process_gets_its_own_nats_login_and_no_other(part: Part) -> None:
    sources = container_of(of_kind(EXAMPLE, "Deployment")[part.name])["envFrom"]
    secrets = [source["secretRef"]["name"] for source in sources if "secretRef" in source]
    assert [name for name in secrets if name.startswith("bus-")] == [f"bus-{part.name}"]


def test_every_command_in_the_manifests_exists_in_the_code() -> None:
    for kind in RUNS_PODS:
        for manifest in of_kind(EXAMPLE, kind).values():
            module = container_of(manifest)["args"][0]
            assert importlib.util.find_spec(f"{module}.__main__")


def _made_up(name: str) -> str:
    made = new_private_key if name == "INTERNAL_SIGNING_KEY" else MAKERS.get(name)
    return made() if made else f"made-up-{name.lower()}"


def _labels(process: str) -> dict[str, str]:
    labels: dict[str, str] = pod_of(of_kind(EXAMPLE, "Deployment")[process])["metadata"]["labels"]
    return labels


def _let_in(labels: dict[str, str], port: str) -> set[str]:
    """Return the processes that may connect to a named port of the pods with `labels`."""
    rules: list[Manifest] = [
        rule
        for policy in of_kind(EXAMPLE, "NetworkPolicy").values()
        if matches(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get("ingress", [])
        if {"port": port} in rule["ports"]
    ]
    callers = [one["podSelector"] for rule in rules for one in rule["from"]]
    return {p.name for p in PARTS if any(matches(caller, _labels(p.name)) for caller in callers)}


def _jobs_of(module: str) -> set[str]:
    folder = KUBERNETES.parents[1] / module.replace(".", "/")
    sources = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return set(re.findall(r'\bJob\(\s*"([a-z-]+)"', sources))
